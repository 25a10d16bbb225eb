using System.Collections.Immutable;
using System.Text.Json;
using Cavra.Actors.Journal;
using Cavra.Actors.Sessions;
using Cavra.Actors.Testing.Documents;
using Cavra.Actors.Wire;
using static Cavra.Actors.Grains.Sessions.SessionGiven;

namespace Cavra.Actors.Grains.Sessions;

/// <summary>
/// Histories as released versions wrote them, kept in the repository and never rewritten: today's code must read each of them to the view that was
/// recorded with it. A new version adds its own (delete nothing; set CAVRA_RECORD_HISTORIES to the version and run the test).
/// </summary>
public class RecordedHistoryTests
{
    private static readonly string Folder = Path.Combine(GeneratedDocument.Root, "tests", "Grains.Tests", "Sessions", "Histories");

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    private static IEnumerable<(string Name, Func<SessionPlay> Play)> Worth =>
    [
        ("completed", () => new SessionPlay(Steps(3).GatedAt(2)).Ready().Succeed().Vote(true).Succeed().Succeed()),
        ("rolled-back", () => new SessionPlay(Steps(2, s => WithRollback(s) with { MaxRetries = 1 })).Ready().Succeed().Fail().WaitForRetry().Fail()
            .End(StepOutcome.Succeeded, 0).End(StepOutcome.Succeeded, 0)),
        ("lost-and-retried", () => Lost(new SessionPlay(Steps(2)).Ready()).Ready(WorkerB).Succeed().Succeed()),
    ];

    [Fact]
    public void A10_RecordedHistories_FoldToTheirRecordedViews()
    {
        if (Environment.GetEnvironmentVariable("CAVRA_RECORD_HISTORIES") is { Length: > 0 } version) Record(version);
        var files = Directory.GetFiles(Folder, "*.json");
        files.ShouldNotBeEmpty();
        foreach (var file in files)
        {
            var recorded = JsonDocument.Parse(File.ReadAllText(file)).RootElement;
            var plan = recorded.GetProperty("plan").Deserialize<SessionPlan>(WireJson.Options)!;
            var events = recorded.GetProperty("events").EnumerateArray().Select(Event).ToImmutableArray();

            EventChain.Check(Demo, Number, events).ShouldBeNull(file);
            var view = SessionHistoryFold.View(new(Demo, plan, null!, events));
            JsonSerializer.Serialize(view, WireJson.Options).ShouldBe(recorded.GetProperty("view").GetString(), file);
        }
    }

    private static StoredEvent Event(JsonElement row) => new()
    {
        SessionId = Number,
        EventId = row.GetProperty("event_id").GetInt64(),
        EventType = row.GetProperty("event_type").GetString()!,
        StepNumber = row.GetProperty("step_number").ValueKind == JsonValueKind.Null ? null : row.GetProperty("step_number").GetInt32(),
        Payload = row.GetProperty("payload").GetString()!,
        Actor = row.GetProperty("actor").GetString()!,
        WorkerId = row.GetProperty("worker_id").GetString(),
        CreatedAt = row.GetProperty("created_at").GetDateTimeOffset(),
        Hash = [.. Convert.FromHexString(row.GetProperty("hash").GetString()!)],
    };

    private static void Record(string version)
    {
        Directory.CreateDirectory(Folder);
        foreach (var (name, make) in Worth)
        {
            var play = make();
            var rows = play.Stored.Select(e => new
            {
                event_id = e.EventId,
                event_type = e.EventType,
                step_number = e.StepNumber,
                payload = e.Payload,
                actor = e.Actor,
                worker_id = e.WorkerId,
                created_at = e.CreatedAt,
                hash = Convert.ToHexStringLower(e.Hash.AsSpan()),
            });
            var view = JsonSerializer.Serialize(SessionViews.Of(play.It), WireJson.Options);
            var document = new { plan = JsonSerializer.SerializeToElement(play.It.Plan, WireJson.Options), events = rows, view };
            File.WriteAllText(Path.Combine(Folder, $"{version}-{name}.json"), JsonSerializer.Serialize(document, Indented) + "\n");
        }
    }

    private static SessionPlay Lost(SessionPlay play)
    {
        play.Do(new SessionInput.WorkerGone(WorkerA, play.Assignment));
        play.Ask(new GiveDirective(DirectiveKind.Retry, "confirmed") { Actor = Operator });
        return play;
    }
}
