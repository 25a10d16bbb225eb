using Cavra.Actors.Installation;
using Cavra.Actors.Silo.Settings;

namespace Cavra.Actors.ApiHost.Hosting;

/// <summary>The API host's own settings, in the order of the docs (contract, "Settings").</summary>
internal static class HostSettings
{
    public static readonly Setting Data = new("DATA", DataDirectory.DefaultName, "a path", "The data directory: private PostgreSQL, keys, journals, dev.json.");
    public static readonly Setting ApiPort = new("API_PORT", "8080", "a number from 0 to 65535", "Port of the API on 127.0.0.1; 0 takes a free one, dev.json says which.");
    public static readonly Setting AgentPort = new("AGENT_PORT", "8443", "a number from 0 to 65535", "Port of the agents on 127.0.0.1 (mTLS); 0 takes a free one.");
    public static readonly Setting MetricsAddress = new("METRICS_ADDRESS", "", "an address and port such as 127.0.0.1:9464", "An address of its own for /metrics.");
    public static readonly Setting LocalWorkers = new("WORKERS", "1", "a number from 0 to 64", "Local workers that up starts.");
    public static readonly Setting Jwks = new("JWKS", "", "a file or URL", "Keys of the JWT issuer. None: the development issuer of the data directory.");
    public static readonly Setting Issuer = new("ISSUER", DevelopmentIssuer.DefaultIssuer, "text", "Claim iss that tokens must have.");
    public static readonly Setting Audience = new("AUDIENCE", DevelopmentIssuer.DefaultAudience, "text", "Claim aud that tokens must have.");
    public static readonly Setting RateLimit = new("API:RATE_LIMIT", "500", "a number from 1 to 1000000", "Requests a second and subject; beyond it 429.");
    public static readonly Setting RateBurst = new("API:BURST", "1000", "a number from 1 to 1000000", "Requests at once and subject.");
    public static readonly Setting AllowedOrigins = new("API:ALLOWED_ORIGINS", "", "origins, separated by commas or blanks", "Origins besides the host's own that may open sockets.");
    public static readonly Setting ClockOffset = new("CLOCK_OFFSET", "0s", "a duration such as 90s, +3h or -00:10:00", "Shifts the clock; development issuer only.");

    /// <summary>All of them.</summary>
    public static IReadOnlyList<Setting> All { get; } =
        [Data, ApiPort, AgentPort, MetricsAddress, LocalWorkers, Jwks, Issuer, Audience, RateLimit, RateBurst, AllowedOrigins, ClockOffset];
}
