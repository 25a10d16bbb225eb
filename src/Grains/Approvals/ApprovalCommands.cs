namespace Cavra.Actors.Approvals;

/// <summary>What may happen to an approval task. Time comes with the command.</summary>
internal abstract record ApprovalCommand(DateTimeOffset Now)
{
    public sealed record Open(ApprovalRequest Request, DateTimeOffset Now) : ApprovalCommand(Now);

    public sealed record Vote(ApprovalBallot Ballot, DateTimeOffset Now) : ApprovalCommand(Now);

    /// <summary>Ends it undecided: its session ended, or what it covers changed.</summary>
    public sealed record Void(string Reason, DateTimeOffset Now) : ApprovalCommand(Now);

    /// <summary>Time has passed: an SLA that is breached by now is.</summary>
    public sealed record Tick(DateTimeOffset Now) : ApprovalCommand(Now);
}

/// <summary>What happened to an approval task.</summary>
internal abstract record ApprovalEvent
{
    public sealed record Opened(ApprovalRequest Request) : ApprovalEvent;

    /// <summary>The notification lies in the outbox, in the same transaction.</summary>
    public sealed record Notified : ApprovalEvent;

    public sealed record Voted(ApprovalVote Vote) : ApprovalEvent;

    public sealed record Decided(bool Approved, DateTimeOffset At) : ApprovalEvent;

    /// <summary>Ended undecided; <paramref name="Reason"/> is <c>sla</c> or <c>voided</c>, <paramref name="Detail"/> says more for the audit.</summary>
    public sealed record Expired(string Reason, string Detail, DateTimeOffset At) : ApprovalEvent;
}
