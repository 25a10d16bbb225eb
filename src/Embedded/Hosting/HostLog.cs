using Microsoft.Extensions.Logging;

namespace Cavra.Actors.Embedded;

/// <summary>Everything that the host logs. Names of grains and methods only: arguments may hold secrets.</summary>
internal sealed partial class HostLog(ILogger<EmbeddedGrainHost> logger)
{
    [LoggerMessage(1001, LogLevel.Error, "A turn of {Grain} failed in the host's own code")]
    public partial void TurnFailed(string grain, Exception error);

    [LoggerMessage(1002, LogLevel.Warning, "A timer tick of {Grain} failed; the timer goes on")]
    public partial void TimerFailed(string grain, Exception error);

    [LoggerMessage(1003, LogLevel.Warning, "The one-way call {Call} failed")]
    public partial void OneWayFailed(string call, Exception error);

    [LoggerMessage(1004, LogLevel.Warning, "The activation of {Grain} failed")]
    public partial void ActivationFailed(string grain, Exception error);

    [LoggerMessage(1005, LogLevel.Warning, "The deactivation of {Grain} failed or took too long; the activation is given up")]
    public partial void DeactivationFailed(string grain, Exception error);

    [LoggerMessage(1006, LogLevel.Information, "Grain host started with {Classes} grain classes")]
    public partial void Started(int classes);

    [LoggerMessage(1007, LogLevel.Information, "Grain host stopped; {GivenUp} activations did not end in time")]
    public partial void Stopped(int givenUp);

    [LoggerMessage(1008, LogLevel.Warning, "Reminder {Reminder} of {Grain} failed; it comes again after its period")]
    public partial void ReminderFailed(string grain, string reminder, Exception error);

    [LoggerMessage(1009, LogLevel.Warning, "The reminder table could not be read or written; it is tried again")]
    public partial void ReminderTableFailed(Exception error);

    [LoggerMessage(1010, LogLevel.Warning, "Reminder {Reminder} belongs to {Grain}, whose class this host does not have")]
    public partial void ReminderWithoutClass(string grain, string reminder);

    [LoggerMessage(1011, LogLevel.Warning, "A subscriber of stream {Stream} failed on an item; it goes on with the next")]
    public partial void StreamDeliveryFailed(string stream, Exception error);
}
