using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Threading.Channels;
using Cavra.Actors.Identity;
using Cavra.Actors.Silo.Lifetime;
using Cavra.Actors.Silo.Settings;
using Cavra.Actors.Subjects;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Cavra.Actors.Silo.Subjects;

/// <summary>
/// Who exists: configured subjects, those that a development installation makes tokens for, and those whose token was seen in the last 30 days (contract
/// details, "Who exists"). Kept in memory, written behind.
/// </summary>
internal sealed partial class SubjectDirectory(
    SiloSettings settings, IEnumerable<DevelopmentSubjects> development, SiloStorage storage, TimeProvider time, ILogger<SubjectDirectory> log) : BackgroundService, ISubjectDirectory
{
    private static readonly TimeSpan Remembered = TimeSpan.FromDays(30);
    private static readonly TimeSpan WriteInterval = TimeSpan.FromMinutes(1);
    private readonly ConcurrentDictionary<TenantId, ImmutableDictionary<string, Subject>> _tenants = new();
    private readonly ConcurrentDictionary<(TenantId, string), (ImmutableArray<string> Roles, DateTimeOffset At)> _seen = new();

    // When it is full the oldest note is dropped: the subject's next request notes it again.
    private readonly Channel<(TenantId Tenant, Subject Subject)> _toWrite =
        Channel.CreateBounded<(TenantId, Subject)>(new BoundedChannelOptions(1024) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true });

    private long _version;

    public long Version => Volatile.Read(ref _version);

    public ImmutableArray<Subject> Subjects(TenantId tenant) => _tenants.TryGetValue(tenant, out var subjects) ? [.. subjects.Values] : [];

    public void Seen(Actor actor)
    {
        var (key, now) = ((actor.Tenant, actor.Subject), time.GetUtcNow());
        if (_seen.TryGetValue(key, out var last) && now - last.At < WriteInterval && (last.Roles == actor.Roles || last.Roles.SequenceEqual(actor.Roles))) return;
        _seen[key] = (actor.Roles, now);
        var subject = new Subject(actor.Subject, actor.Roles);
        Add(actor.Tenant, subject);
        _toWrite.Writer.TryWrite((actor.Tenant, subject));
    }

    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        foreach (var tenant in await storage.Storage.Subjects.SeenSince(time.GetUtcNow() - Remembered))
            foreach (var subject in tenant) Add(tenant.Key, subject);
        foreach (var (tenant, subject) in settings.Subjects.Concat(development.SelectMany(d => d.Subjects))) Add(tenant, subject);
        await base.StartAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await foreach (var (tenant, subject) in _toWrite.Reader.ReadAllAsync(stoppingToken))
        {
            try
            {
                await storage.Storage.Subjects.Save(tenant, subject, time.GetUtcNow());
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                LogNotKept(e);
            }
        }
    }

    private void Add(TenantId tenant, Subject subject)
    {
        var changed = false;
        _tenants.AddOrUpdate(
            tenant,
            _ =>
            {
                changed = true;
                return ImmutableDictionary<string, Subject>.Empty.WithComparers(StringComparer.Ordinal).Add(subject.Name, subject);
            },
            (_, known) =>
            {
                if (known.TryGetValue(subject.Name, out var same) && same.Roles.SequenceEqual(subject.Roles)) return known;
                changed = true;
                return known.SetItem(subject.Name, subject);
            });
        if (changed) Interlocked.Increment(ref _version);
    }

    [LoggerMessage(2201, LogLevel.Warning, "a subject that was seen could not be stored; it is noted again with its next request")]
    private partial void LogNotKept(Exception error);
}

/// <summary>The subjects of a development installation's tokens (dev.json).</summary>
public sealed record DevelopmentSubjects(ImmutableArray<(TenantId Tenant, Subject Subject)> Subjects);
