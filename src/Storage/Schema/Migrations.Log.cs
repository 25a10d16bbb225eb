using Microsoft.Extensions.Logging;

namespace Cavra.Actors.Storage.Schema;

internal static partial class MigrationsLog
{
    [LoggerMessage(3000, LogLevel.Information, "Applied migration {Name}")]
    internal static partial void Applied(this ILogger logger, string name);
}
