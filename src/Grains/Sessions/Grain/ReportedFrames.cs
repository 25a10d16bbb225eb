using System.Collections.Immutable;
using Cavra.Actors.Identity;
using Cavra.Actors.Queries;
using Cavra.Actors.Workers.Channel;

namespace Cavra.Actors.Sessions;

/// <summary>A batch of frames, decided one after the other on top of each other, to be made durable together.</summary>
internal sealed class ReportedFrames(Session session, WorkerId worker, Moment moment, string? traceId)
{
    private readonly ImmutableArray<FrameReceipt>.Builder _receipts = ImmutableArray.CreateBuilder<FrameReceipt>();

    public Session Session { get; private set; } = session;
    public List<SessionEvent> Events { get; } = [];

    /// <summary>Refusals worth a row: results and answers under an old fence (hazard A07). Output is not, or a zombie would flood the audit.</summary>
    public ImmutableArray<AuditEntry> Audit { get; private set; } = [];

    /// <summary>The fence that was acknowledged, if one was.</summary>
    public int? AckedFence { get; private set; }
    public ImmutableArray<FrameReceipt> Receipts => _receipts.ToImmutable();

    public void Take(SessionFrame frame)
    {
        var decision = SessionMachine.Decide(Session, new SessionInput.Told(worker, frame), moment);
        switch (decision)
        {
            case Decision.Accepted accepted:
                Session = accepted.Session;
                Events.AddRange(accepted.Events);
                if (frame is AssignmentAckFrame { Accepted: true }) AckedFence = Session.Placement.Fence;
                _receipts.Add(new(true, false, null, decision.AckedStreamSeq));
                break;
            case Decision.NoOp:
                _receipts.Add(new(true, true, null, decision.AckedStreamSeq));
                break;
            case Decision.Settled settled:
                Session = settled.Session;
                Events.AddRange(settled.Events);
                Refuse(frame, "stale_assignment", "recorded as what became of the step", 0);
                break;
            case Decision.Refused refused:
                Refuse(frame, refused.Refusal.Code, refused.Refusal.Detail, decision.AckedStreamSeq);
                break;
            default:
                throw new InvalidOperationException($"{frame.GetType().Name} cannot be answered with {decision.GetType().Name}");
        }
    }

    private void Refuse(SessionFrame frame, string code, string detail, long acked)
    {
        _receipts.Add(new(false, false, code, acked));
        if (code != "stale_assignment" || frame is not (StepResultFrame or AssignmentAckFrame or PreflightFrame)) return;
        var action = frame is StepResultFrame ? "agent.result" : frame is PreflightFrame ? "agent.preflight" : "agent.ack";
        Audit = Audit.Add(SessionNotices.Refused(Session.Id, Session.Tenant, moment.By, moment.Now, traceId, action, code, $"{frame.AssignmentId}: {detail}"));
    }
}
