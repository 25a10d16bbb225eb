using System.Net.Sockets;
using System.Security.Cryptography;
using Cavra.Actors.Policy;
using Cavra.Actors.Silo.Settings;
using Cavra.Actors.Storage;
using Microsoft.AspNetCore.Connections;

namespace Cavra.Actors.ApiHost.Hosting;

/// <summary>Says in plain words why the host did not start, and which setting helps.</summary>
internal static class StartProblem
{
    /// <summary>The explanation; null when it is a fault of ours, whose trace is wanted.</summary>
    public static string? Explain(Exception e, ApiSettings? settings) => e switch
    {
        SettingException or StorageStartException or PolicyDataException => e.Message,
        IOException { InnerException: AddressInUseException } or AddressInUseException => Busy(e, settings),
        IOException { InnerException: SocketException { SocketErrorCode: SocketError.AccessDenied } } => $"not allowed to listen: {e.Message} Ports below 1024 need rights; choose others with CAVRA_API_PORT and CAVRA_AGENT_PORT.",
        CryptographicException => $"a key or certificate under {settings?.Data.Keys} cannot be read: {e.Message}",
        UnauthorizedAccessException => $"{e.Message} The data directory is CAVRA_DATA ({settings?.Data.Root}).",
        InvalidDataException or InvalidOperationException or FormatException or IOException => e.Message,
        _ => null,
    };

    private static string Busy(Exception e, ApiSettings? settings)
    {
        var text = e.Message + (e.InnerException?.Message ?? "");
        var setting = settings is not null && text.Contains($":{settings.AgentPort}", StringComparison.Ordinal) ? "CAVRA_AGENT_PORT" : "CAVRA_API_PORT";
        var port = setting == "CAVRA_AGENT_PORT" ? settings!.AgentPort : settings?.ApiPort;
        return $"port {port} on 127.0.0.1 is in use. Stop what listens there, or choose another port with {setting} (0 takes a free one).";
    }
}
