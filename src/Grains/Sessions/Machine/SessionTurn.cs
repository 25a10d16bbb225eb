using Cavra.Actors.Wire;

namespace Cavra.Actors.Sessions;

/// <summary>One decision in the making: events so far, and the session after them.</summary>
internal sealed class SessionTurn(Session session, Moment moment)
{
    private List<SessionEvent>? _events;

    public Session Session { get; private set; } = session;
    public IReadOnlyList<SessionEvent> Events => _events ?? (IReadOnlyList<SessionEvent>)[];
    public Moment Moment { get; } = moment;
    public DateTimeOffset Now => Moment.Now;
    public SessionOptions Options => Moment.Options;

    /// <summary>Adds an event; stamps it, and where it moves state, says from where.</summary>
    public void Emit(SessionEvent happened, string? by = null)
    {
        var stamped = happened with
        {
            At = Now,
            By = by ?? Moment.By,
            Holder = happened is SessionAssigned assigned ? assigned.WorkerId.Value : Session.Placement.Worker?.Value,
        };
        if (stamped is MovingEvent { To: { } to } moving)
        {
            var first = Session.LastSeq == 1;
            stamped = to == Session.State && !first ? moving with { To = null } : moving with { From = first ? null : Session.State };
        }

        Session = SessionFold.Apply(Session, stamped);
        (_events ??= new(4)).Add(stamped);
    }

    /// <summary>The pre-flight is through: what follows may use the worker. The event that follows says so durably.</summary>
    public void WorkerReady() => Session = SessionFold.Hold(Session, Now);

    public Decision Done(long acked = 0) => new Decision.Accepted(Session, Events) { AckedStreamSeq = acked };

    public static Decision NoOp(string code, long acked = 0) => new Decision.NoOp(code) { AckedStreamSeq = acked };

    public static Decision Refuse(string code, string detail, long acked = 0) => new Decision.Refused(Refusal.Of(code, detail)) { AckedStreamSeq = acked };
}
