using System.Collections.Immutable;
using Cavra.Actors.Identity;
using Cavra.Actors.Operations;
using Cavra.Actors.Sessions;
using Cavra.Actors.Subjects;
using Cavra.Actors.Workers;
using Microsoft.Extensions.Configuration;

namespace Cavra.Actors.Silo.Settings;

/// <summary>The silo's settings, read and checked once at start (contract, "Settings").</summary>
public sealed record SiloSettings
{
    private static readonly TimeSpan Day = TimeSpan.FromDays(1);
    private static readonly TimeSpan Blink = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    /// <summary>Connection string of a database of one's own; null starts a private PostgreSQL.</summary>
    public string? Database { get; init; }

    /// <summary>The limits of sessions.</summary>
    public required SessionOptions Sessions { get; init; }

    /// <summary>The durations by which workers are judged.</summary>
    public required WorkerTiming Workers { get; init; }

    /// <summary>The feature flags' first values.</summary>
    public required FeatureFlagDefaults FeatureFlags { get; init; }

    /// <summary>File of the policy data; null takes the shipped ones.</summary>
    public string? PolicyData { get; init; }

    /// <summary>Configured subjects of the directory (section <c>Directory:Subjects</c>).</summary>
    public ImmutableArray<(TenantId Tenant, Subject Subject)> Subjects { get; init; } = [];

    /// <summary>Reads the settings.</summary>
    /// <exception cref="SettingException">One of them is wrong.</exception>
    public static SiloSettings Read(IConfiguration configuration)
    {
        return new SiloSettings
        {
            Database = SettingTable.Database.Text(configuration),
            Sessions = ReadSessions(configuration),
            Workers = ReadWorkers(configuration),
            FeatureFlags = ReadFlags(configuration),
            PolicyData = SettingTable.PolicyData.Text(configuration),
            Subjects = ReadSubjects(configuration),
        };
    }

    private static SessionOptions ReadSessions(IConfiguration configuration) => new()
    {
        AckTimeout = SettingTable.AckTimeout.Duration(configuration, Blink, TimeSpan.FromMinutes(5)),
        AssignmentBackoff = [.. SettingTable.Backoff.Durations(configuration, Blink, Day)],
        AssignmentAttempts = SettingTable.Attempts.Number(configuration, 1, 100),
        QueueTimeout = SettingTable.QueueTimeout.Duration(configuration, Second, TimeSpan.FromDays(30)),
        ApprovalSlaProd = SettingTable.SlaProd.Duration(configuration, Second, TimeSpan.FromDays(30)),
        ApprovalSlaStaging = SettingTable.SlaStaging.Duration(configuration, Second, TimeSpan.FromDays(30)),
        ApprovalSlaDev = SettingTable.SlaDev.Duration(configuration, Second, TimeSpan.FromDays(30)),
    };

    /// <summary>Reads the durations by which workers are judged; the host of their sockets needs them too.</summary>
    /// <exception cref="SettingException">One of them is wrong.</exception>
    public static WorkerTiming ReadWorkers(IConfiguration configuration)
    {
        var timing = new WorkerTiming
        {
            Heartbeat = SettingTable.Heartbeat.Duration(configuration, Blink, TimeSpan.FromHours(1)),
            OfflineAfter = SettingTable.OfflineAfter.Duration(configuration, Blink, Day),
            Ping = SettingTable.Ping.Duration(configuration, Blink, TimeSpan.FromHours(1)),
            FailoverGrace = SettingTable.FailoverGrace.Duration(configuration, Blink, TimeSpan.FromHours(1)),
        };
        return timing.OfflineAfter > timing.Heartbeat
            ? timing
            : throw new SettingException(SettingTable.OfflineAfter.Variable, $"must be longer than {SettingTable.Heartbeat.Variable} ({timing.Heartbeat}), or every worker would go offline between two heartbeats");
    }

    private static FeatureFlagDefaults ReadFlags(IConfiguration configuration)
    {
        var values = new FeatureFlagDefaults().Values;
        foreach (var child in configuration.GetSection("FeatureFlags").GetChildren())
        {
            if (!values.ContainsKey(child.Key)) throw new SettingException($"FeatureFlags:{child.Key}", $"is no feature flag; there are {string.Join(", ", values.Keys)}");
            values = values.SetItem(child.Key, bool.TryParse(child.Value, out var on) ? on : throw new SettingException($"FeatureFlags:{child.Key}", "must be true or false"));
        }

        return new FeatureFlagDefaults { Values = values };
    }

    private static ImmutableArray<(TenantId, Subject)> ReadSubjects(IConfiguration configuration) =>
        [.. configuration.GetSection("Directory:Subjects").GetChildren().Select(child =>
        {
            var (name, tenant) = (child["name"], child["tenant"]);
            if (string.IsNullOrWhiteSpace(name) || string.IsNullOrWhiteSpace(tenant)) throw new SettingException(child.Path, "needs name and tenant");
            return (new TenantId(tenant), new Subject(name, [.. child.GetSection("roles").GetChildren().Select(r => r.Value).OfType<string>()]));
        })];
}
