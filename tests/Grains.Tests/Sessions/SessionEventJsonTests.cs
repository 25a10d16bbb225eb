using System.Reflection;
using System.Text.Json;
using Cavra.Actors.Journal;
using Cavra.Actors.Sessions;
using static Cavra.Actors.Grains.Sessions.SessionGiven;

namespace Cavra.Actors.Grains.Sessions;

public class SessionEventJsonTests
{
    [Fact]
    public void EveryEventTypeOfTheContract_HasItsRecord()
    {
        var names = typeof(EventTypes).GetFields(BindingFlags.Public | BindingFlags.Static).Select(f => (string)f.GetRawConstantValue()!);

        SessionEventJson.Names.Order().ShouldBe(names.Order());
    }

    [Fact]
    public void MovingEvent_HasFromToReason_AndOneThatDoesNotMoveHasNone()
    {
        var play = new SessionPlay(Steps(2)).Ready().Succeed();
        var decided = play.Stored.Where(e => e.EventType == EventTypes.PolicyDecided).Select(e => JsonDocument.Parse(e.Payload).RootElement).ToList();

        decided[0].GetProperty("from").GetString().ShouldBe("assigning_worker");
        decided[0].GetProperty("to").GetString().ShouldBe("executing");
        decided[0].GetProperty("reason").ValueKind.ShouldBe(JsonValueKind.Null);
        decided[1].TryGetProperty("from", out _).ShouldBeFalse();
        decided[1].TryGetProperty("reason", out _).ShouldBeFalse();
        decided[1].GetProperty("verdict").GetString().ShouldBe("allow");
        decided[1].GetProperty("rules")[0].GetProperty("id").GetString().ShouldBe("scope.allow");
    }

    [Fact]
    public void Payload_DoesNotRepeatTheEventsNameOrTheSessionsReason()
    {
        var play = new SessionPlay(Steps(2).AutomaticAt(1)).Ready().Succeed().Fail();

        foreach (var payload in play.Stored.Select(e => JsonDocument.Parse(e.Payload).RootElement))
        {
            payload.TryGetProperty("type", out _).ShouldBeFalse();
            payload.TryGetProperty("state_reason", out _).ShouldBeFalse();
        }
    }

    [Fact]
    public void AssignmentEvents_CarryTheContractsMembers()
    {
        var play = new SessionPlay(Steps(1)).Offer();
        play.TimePasses(TimeSpan.FromSeconds(5));

        var assigned = Payload(play, EventTypes.SessionAssigned);
        assigned.GetProperty("worker_id").GetString().ShouldBe("worker-a");
        assigned.GetProperty("assignment_id").GetString().ShouldBe("asg-7-1");
        assigned.GetProperty("attempt").GetInt32().ShouldBe(1);
        var failed = Payload(play, EventTypes.SessionAssignmentFailed);
        failed.GetProperty("reason").GetString().ShouldBe("no_ack");
        failed.GetProperty("from").GetString().ShouldBe("assigning_worker");
        failed.GetProperty("to").GetString().ShouldBe("queued");
    }

    [Fact]
    public void StepResult_CarriesTheContractsMembers()
    {
        var play = new SessionPlay(Steps(1)).Ready().Fail();

        var failed = Payload(play, EventTypes.StepFailed);
        failed.GetProperty("exit_code").GetInt32().ShouldBe(1);
        failed.GetProperty("execution_ms").GetInt64().ShouldBe(5);
        failed.GetProperty("attempt").GetInt32().ShouldBe(1);
        failed.GetProperty("outcome").GetString().ShouldBe("failed");
        failed.GetProperty("reason").GetString().ShouldBe("exit_code");
    }

    [Fact]
    public void F04_MembersOfANewerVersion_AreSkipped()
    {
        var play = new SessionPlay(Steps(1)).Ready();
        var stored = play.Stored[^1];

        var read = SessionEventJson.Decode(stored with { Payload = stored.Payload.Insert(1, "\"of_tomorrow\":{\"a\":[1]},") });

        read.ShouldBeOfType<PolicyDecided>().Digest.ShouldBe("digest-1");
    }

    [Fact]
    public void F04_EventTypeOfANewerVersion_IsRefusedVisibly()
    {
        var stored = new SessionPlay(Steps(1)).Stored[0] with { EventType = "session.teleported" };

        Should.Throw<NotSupportedException>(() => SessionEventJson.Decode(stored)).Message.ShouldContain("session.teleported");
    }

    [Fact]
    public void UnknownEnumValue_IsRefusedVisibly()
    {
        var stored = new SessionPlay(Steps(1)).Stored[1];

        Should.Throw<InvalidOperationException>(() => SessionEventJson.Decode(stored with { Payload = stored.Payload.Replace("queued", "floating", StringComparison.Ordinal) }));
    }

    [Fact]
    public void StoredEvents_FormAnIntactChain()
    {
        var play = new SessionPlay(Steps(2)).Ready().Succeed().Succeed();

        EventChain.Check(Demo, Number, play.Stored).ShouldBeNull();
        EventChain.Check(Demo, Number, [.. play.Stored.Take(3), play.Stored[3] with { Actor = "mallory" }]).ShouldNotBeNull().EventId.ShouldBe(4);
    }

    [Fact]
    public void HistoryWithoutAllButTheLastOutput_FoldsToTheSameState()
    {
        var play = new SessionPlay(Steps(1)).Ready();
        for (var seq = 1; seq <= 5; seq++) play.Tell(play.Output(seq, "héllo\n"));
        var outputs = play.Stored.Where(e => e.EventType == EventTypes.StepOutput).ToList();
        var pruned = play.History() with { Events = [.. play.Stored.Except(outputs.Take(4))] };

        SessionPlay.Text(SessionHistoryFold.Fold(pruned)!).ShouldBe(SessionPlay.Text(play.It));
        play.It.Run!.Bytes.ShouldBe(35);
    }

    private static JsonElement Payload(SessionPlay play, string type) => JsonDocument.Parse(play.Stored.Last(e => e.EventType == type).Payload).RootElement;
}
