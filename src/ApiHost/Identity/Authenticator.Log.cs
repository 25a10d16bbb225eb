namespace Cavra.Actors.ApiHost.Identity;

internal sealed partial class Authenticator
{
    [LoggerMessage(5102, LogLevel.Debug, "A token was refused: {Reason}")]
    private partial void Refused(string reason);
}
