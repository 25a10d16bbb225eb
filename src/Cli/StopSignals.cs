using System.Runtime.InteropServices;

namespace Cavra.Actors.Cli;

/// <summary>SIGINT, SIGTERM and SIGHUP as one token: the program then ends by itself, in order.</summary>
internal static class StopSignals
{
    // Kept for the life of the process; a registration that is collected stops working.
    private static readonly List<PosixSignalRegistration> Registrations = [];

    /// <summary>Counts the signals: a second one means "now".</summary>
    internal static int Received { get; private set; }

    internal static CancellationToken Register()
    {
        var source = new CancellationTokenSource();
        foreach (var signal in new[] { PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGHUP })
        {
            Registrations.Add(PosixSignalRegistration.Create(signal, context =>
            {
                context.Cancel = true;
                Received++;
                source.Cancel();
            }));
        }
        return source.Token;
    }
}
