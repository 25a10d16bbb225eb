using System.Text;
using Cavra.Actors.Approvals;
using Cavra.Actors.Testing.Documents;
using static Cavra.Actors.Grains.Approvals.ApprovalGiven;

namespace Cavra.Actors.Grains.Approvals;

public class ApprovalTableTests
{
    private static readonly DateTimeOffset InTime = Deadline.AddMilliseconds(-1);

    private static IEnumerable<(string Name, ApprovalCommand Command)> Commands =>
    [
        ("open", new ApprovalCommand.Open(Request(), InTime)),
        ("vote for", new ApprovalCommand.Vote(Ballot(Ann), InTime)),
        ("vote against", new ApprovalCommand.Vote(Ballot(Ann, false), InTime)),
        ("vote twice", new ApprovalCommand.Vote(Ballot(Bob), InTime)),
        ("requester votes", new ApprovalCommand.Vote(Ballot(Requester), InTime)),
        ("role not in the token", new ApprovalCommand.Vote(Ballot(Ann, role: "dba"), InTime)),
        ("no role that counts", new ApprovalCommand.Vote(Ballot(Outsider), InTime)),
        ("other digest", new ApprovalCommand.Vote(Ballot(Ann, digest: "d2"), InTime)),
        ("vote at the deadline", new ApprovalCommand.Vote(Ballot(Ann), Deadline)),
        ("void", new ApprovalCommand.Void("the session ended", InTime)),
        ("tick in time", new ApprovalCommand.Tick(InTime)),
        ("tick at the deadline", new ApprovalCommand.Tick(Deadline)),
    ];

    [Fact]
    public void EverySituation_EveryCommand_IsWhatThePageSays() => GeneratedDocument.Difference("docs/approval-states.md", Page()).ShouldBeNull();

    [Fact]
    public void EndedTask_EveryCommand_ChangesNothing()
    {
        foreach (var (situation, task) in Situations.Where(s => s.Task is not null && !ApprovalMachine.IsOpen(s.Task)))
        {
            foreach (var (name, command) in Commands) task.Decide(command).Events.ShouldBeEmpty($"{name} in {situation}");
        }
    }

    private static string Page()
    {
        var page = new StringBuilder();
        page.Append("# ApprovalTask: every situation and command\n\n");
        page.Append("Made by `ApprovalTableTests` from `src/Grains/Approvals/ApprovalMachine`; do not edit (set `CAVRA_WRITE_DOCS=1` and run the test).\n");
        page.Append("The quorum is `2 of sre` (one vote suffices where it says approved). A cell names the events, then the state afterwards; `-` changes\n");
        page.Append("nothing; a code is a refusal.\n");
        foreach (var (situation, task) in Situations)
        {
            page.Append($"\n## {situation}\n\n| command | events | state after |\n|---|---|---|\n");
            foreach (var (name, command) in Commands)
            {
                var decision = task.Decide(command);
                var after = ApprovalMachine.Apply(task, decision.Events);
                var events = string.Join(", ", decision.Events.Select(e => e.GetType().Name));
                var cell = decision.Refusal is { } refusal ? $"refused `{refusal.Code}`{(events.Length > 0 ? ", " + events : "")}" : events.Length > 0 ? events : "-";
                page.Append($"| {name} | {cell} | {(after is null ? "none" : $"`{after.State.ToString().ToLowerInvariant()}`")} |\n");
            }
        }

        return page.ToString();
    }
}
