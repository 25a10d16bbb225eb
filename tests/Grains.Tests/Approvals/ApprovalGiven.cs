using System.Collections.Immutable;
using Cavra.Actors.Approvals;
using Cavra.Actors.Identity;
using Cavra.Actors.Sessions;

namespace Cavra.Actors.Grains.Approvals;

/// <summary>Approval tasks in given situations.</summary>
internal static class ApprovalGiven
{
    public static readonly DateTimeOffset T0 = new(2025, 11, 8, 13, 0, 0, TimeSpan.Zero);
    public static readonly DateTimeOffset Deadline = T0.AddMinutes(10);
    public static readonly Actor Ann = Person("ann", "approver", "sre");
    public static readonly Actor Bob = Person("bob", "approver", "sre");
    public static readonly Actor Requester = Person("olga", "operator", "approver", "sre");
    public static readonly Actor Outsider = Person("eve", "viewer");

    public static Actor Person(string name, params ImmutableArray<string> roles) => new() { Subject = name, Tenant = new("demo"), Roles = roles };

    public static ApprovalRequest Request(string quorum = "2 of sre") => new()
    {
        ApprovalId = ApprovalId.For(new(7), 1),
        Session = new(7),
        Tenant = new("demo"),
        TicketId = "INC-1",
        RunbookId = "rb-a",
        Title = "A runbook",
        RequestedBy = "olga",
        Environment = TargetEnvironment.Prod,
        StepNumbers = [2],
        Commands = [new StepCommand { Argv = ["rm", "secret-name"] }],
        BlastRadius = BlastRadius.High,
        Quorum = quorum,
        Digest = "d1",
        RequestedAt = T0,
        ExpiresAt = Deadline,
    };

    public static ApprovalBallot Ballot(Actor actor, bool approved = true, string? role = null, string? digest = null) => new(actor, approved, null, role, digest, null);

    public static ApprovalTaskView? After(this ApprovalTaskView? task, params ApprovalCommand[] commands)
    {
        foreach (var command in commands) task = ApprovalMachine.Apply(task, ApprovalMachine.Decide(task, command).Events);
        return task;
    }

    public static ApprovalDecision Decide(this ApprovalTaskView? task, ApprovalCommand command) => ApprovalMachine.Decide(task, command);

    public static ApprovalTaskView Open(string quorum = "2 of sre") => ((ApprovalTaskView?)null).After(new ApprovalCommand.Open(Request(quorum), T0))!;

    public static ImmutableArray<(string Name, ApprovalTaskView? Task)> Situations { get; } =
    [
        ("never opened", null),
        ("pending", ApprovalMachine.Apply(null, new ApprovalEvent.Opened(Request()))),
        ("notified", Open()),
        ("notified, one vote of two", Open().After(new ApprovalCommand.Vote(Ballot(Bob), T0))),
        ("approved", Open("1 of sre").After(new ApprovalCommand.Vote(Ballot(Bob), T0))),
        ("rejected", Open().After(new ApprovalCommand.Vote(Ballot(Bob, false), T0))),
        ("expired, sla", Open().After(new ApprovalCommand.Tick(Deadline))),
        ("expired, voided", Open().After(new ApprovalCommand.Void("the session ended", T0))),
    ];
}
