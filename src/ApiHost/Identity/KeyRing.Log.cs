namespace Cavra.Actors.ApiHost.Identity;

internal sealed partial class KeyRing
{
    [LoggerMessage(5101, LogLevel.Warning, "The issuer's keys could not be read again from {Source}: {Reason}")]
    private partial void ReloadFailed(string source, string reason);
}
