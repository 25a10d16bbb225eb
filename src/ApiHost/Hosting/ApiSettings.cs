using System.Collections.Immutable;
using System.Net;
using Cavra.Actors.Installation;
using Cavra.Actors.Runbooks;
using Cavra.Actors.Silo.Settings;

namespace Cavra.Actors.ApiHost.Hosting;

/// <summary>The API host's settings, read once at start (contract, "Settings"). Names are those of the environment less the prefix <c>CAVRA_</c>.</summary>
internal sealed record ApiSettings
{
    /// <summary>Where the installation's files are.</summary>
    public required DataDirectory Data { get; init; }

    /// <summary>Port of the API on 127.0.0.1; 0 takes a free one.</summary>
    public int ApiPort { get; init; } = 8080;

    /// <summary>Port of the agents on 127.0.0.1; 0 takes a free one.</summary>
    public int AgentPort { get; init; } = 8443;

    /// <summary>Address of its own for <c>/metrics</c>, if any.</summary>
    public IPEndPoint? MetricsAddress { get; init; }

    /// <summary>JWKS file or URL of a real issuer; null for the development issuer.</summary>
    public string? Jwks { get; init; }

    /// <summary>Claim <c>iss</c> that tokens must have.</summary>
    public string Issuer { get; init; } = DevelopmentIssuer.DefaultIssuer;

    /// <summary>Claim <c>aud</c> that tokens must have.</summary>
    public string Audience { get; init; } = DevelopmentIssuer.DefaultAudience;

    /// <summary>Local workers for which certificates are written, 0..64.</summary>
    public int LocalWorkers { get; init; } = 1;

    /// <summary>Requests per second and subject, 1..1,000,000.</summary>
    public int RateLimit { get; init; } = 500;

    /// <summary>Requests at once per subject, 1..1,000,000.</summary>
    public int RateBurst { get; init; } = 1000;

    /// <summary>Origins besides the host's own that may open sockets.</summary>
    public ImmutableArray<string> AllowedOrigins { get; init; } = [];

    /// <summary>Shift of this process' clock; development issuer only.</summary>
    public TimeSpan ClockOffset { get; init; }

    /// <summary>Interval of pings to workers (<c>WORKERS:PING</c>); three missed lose the channel.</summary>
    public TimeSpan WorkerPing { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Heartbeat interval told to workers.</summary>
    public TimeSpan WorkerHeartbeat { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>Silence after which a worker counts as offline, told to workers.</summary>
    public TimeSpan WorkerOfflineAfter { get; init; } = TimeSpan.FromSeconds(45);

    /// <summary>Whether the development issuer signs the tokens.</summary>
    public bool IsDevelopment => Jwks is null;

    /// <summary>Reads the settings.</summary>
    /// <exception cref="SettingException">One of them is wrong; the message names it and says what would be right.</exception>
    public static ApiSettings Read(IConfiguration configuration, string currentDirectory)
    {
        var workers = SiloSettings.ReadWorkers(configuration);
        var settings = new ApiSettings
        {
            Data = DataDirectory.From(HostSettings.Data.Text(configuration), currentDirectory),
            ApiPort = HostSettings.ApiPort.Number(configuration, 0, 65535),
            AgentPort = HostSettings.AgentPort.Number(configuration, 0, 65535),
            MetricsAddress = Address(configuration, HostSettings.MetricsAddress),
            Jwks = HostSettings.Jwks.Text(configuration),
            Issuer = HostSettings.Issuer.Text(configuration)!,
            Audience = HostSettings.Audience.Text(configuration)!,
            LocalWorkers = HostSettings.LocalWorkers.Number(configuration, 0, 64),
            RateLimit = HostSettings.RateLimit.Number(configuration, 1, 1_000_000),
            RateBurst = HostSettings.RateBurst.Number(configuration, 1, 1_000_000),
            AllowedOrigins = [.. (HostSettings.AllowedOrigins.Text(configuration) ?? "").Split([',', ' '], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)],
            ClockOffset = Offset(configuration),
            WorkerPing = workers.Ping,
            WorkerHeartbeat = workers.Heartbeat,
            WorkerOfflineAfter = workers.OfflineAfter,
        };
        if (settings.ClockOffset != TimeSpan.Zero && !settings.IsDevelopment)
            throw new SettingException("CAVRA_CLOCK_OFFSET", "shifts the clock and is for the development issuer only; CAVRA_JWKS names a real one");
        return settings;
    }

    private static TimeSpan Offset(IConfiguration configuration)
    {
        var text = HostSettings.ClockOffset.Text(configuration)!;
        var negative = text.StartsWith('-');
        return DurationText.TryParse(text.TrimStart('+', '-'), out var duration) ? (negative ? -duration : duration) : throw HostSettings.ClockOffset.Wrong(text);
    }

    private static IPEndPoint? Address(IConfiguration configuration, Setting setting)
    {
        if (setting.Text(configuration) is not { } text) return null;
        return IPEndPoint.TryParse(text, out var address) ? address : throw setting.Wrong(text);
    }
}
