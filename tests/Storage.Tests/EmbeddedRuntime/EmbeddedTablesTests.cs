using Cavra.Actors.Storage.EmbeddedRuntime;

namespace Cavra.Actors.Storage.Tests.EmbeddedRuntime;

public sealed class EmbeddedTablesTests(StorageFixture fixture) : IClassFixture<StorageFixture>
{
    private static readonly DateTimeOffset Noon = new(2026, 1, 2, 12, 0, 0, TimeSpan.Zero);
    private readonly GrainId _grain = GrainId.Create("session", Guid.NewGuid().ToString("N"));

    [Fact]
    public async Task Reminder_UpsertAdvanceRemove_FencedByEtag()
    {
        var table = fixture.Storage.Reminders();
        var entry = new ReminderEntry(_grain, "wake", Noon, TimeSpan.FromMinutes(90), Noon, "");
        var first = await table.UpsertRow(entry);
        var second = await table.UpsertRow(entry with { Period = TimeSpan.FromDays(2) });
        second.ShouldNotBe(first);
        (await table.AdvanceRow(_grain, "wake", first, Noon.AddHours(1))).ShouldBeFalse();
        (await table.AdvanceRow(_grain, "wake", second, Noon.AddHours(1))).ShouldBeTrue();
        (await table.ReadRow(_grain, "wake")).ShouldBe(entry with { Period = TimeSpan.FromDays(2), NextDue = Noon.AddHours(1), ETag = second });
        (await table.ReadDue(Noon.AddMinutes(59), 1000)).ShouldNotContain(e => e.GrainId == _grain);
        (await table.ReadDue(Noon.AddHours(1), 1000)).ShouldContain(e => e.GrainId == _grain);
        (await table.RemoveRow(_grain, "wake", first)).ShouldBeFalse();
        (await table.RemoveRow(_grain, "wake", "not an etag")).ShouldBeFalse();
        (await table.RemoveRow(_grain, "wake", second)).ShouldBeTrue();
        (await table.ReadRows(_grain)).ShouldBeEmpty();
    }

    [Fact]
    public async Task State_WriteReadClear_FencedByEtag()
    {
        var storage = fixture.Storage.GrainStorage();
        var mine = new Held();
        await storage.ReadStateAsync("s", _grain, mine);
        (mine.RecordExists, mine.ETag, mine.State.Names.Count).ShouldBe((false, null, 0));
        mine.State = new() { Names = ["a", "b"] };
        await storage.WriteStateAsync("s", _grain, mine);

        var late = new Held();
        await Should.ThrowAsync<InconsistentStateException>(() => storage.WriteStateAsync("s", _grain, late));
        await storage.ReadStateAsync("s", _grain, late);
        late.State.Names.ShouldBe(["a", "b"]);
        await storage.WriteStateAsync("s", _grain, late);
        (await Should.ThrowAsync<InconsistentStateException>(() => storage.WriteStateAsync("s", _grain, mine))).StoredEtag.ShouldBe(late.ETag);

        await storage.ClearStateAsync("s", _grain, late);
        late.RecordExists.ShouldBeFalse();
        await storage.ReadStateAsync("s", _grain, mine);
        (mine.RecordExists, mine.State.Names.Count).ShouldBe((false, 0));
        await storage.WriteStateAsync("s", _grain, mine);
        mine.RecordExists.ShouldBeTrue();
    }

    public sealed class NameList
    {
        public List<string> Names { get; set; } = [];
    }

    private sealed class Held : IGrainState<NameList>
    {
        public NameList State { get; set; } = new();

        public string? ETag { get; set; }

        public bool RecordExists { get; set; }
    }
}
