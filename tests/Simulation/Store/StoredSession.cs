using Cavra.Actors.Identity;
using Cavra.Actors.Journal;
using Cavra.Actors.Sessions;

namespace Cavra.Actors.Simulation;

/// <summary>A session's rows, and the state that its events fold to.</summary>
internal sealed class StoredSession(SessionCommit first)
{
    private readonly TenantId _tenant = first.Tenant;

    public SessionId Id { get; } = first.Session;

    public SessionPlan Plan { get; } = first.Plan!;

    public SessionStaticRow Static { get; } = first.Row.Static!;

    public SessionRow Row { get; private set; } = first.Row;

    public List<StoredEvent> Events { get; } = [];

    public List<SessionEvent> Happened { get; } = [];

    public Session? State { get; private set; }

    public long LastSeq => Events.Count;

    public SessionHistory History() => new(_tenant, Plan, Static, [.. Events]);

    public void Take(SessionCommit commit)
    {
        Row = commit.Row;
        foreach (var stored in commit.Events)
        {
            var happened = SessionEventJson.Decode(stored);
            Events.Add(stored);
            Happened.Add(happened);
            State = State is null ? SessionFold.Begin(Id, _tenant, Plan, (SessionCreated)happened) : SessionFold.Apply(State, happened);
        }
    }
}
