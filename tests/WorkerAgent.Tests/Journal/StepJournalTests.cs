using System.Diagnostics;
using Cavra.Actors.Identity;
using Cavra.Actors.Sessions;
using Cavra.Actors.WorkerAgent.Journal;
using Cavra.Actors.Workers.Channel;

namespace Cavra.Actors.WorkerAgent.Tests.Journal;

public sealed class StepJournalTests : IDisposable
{
    private static readonly SessionId Session = new(7);
    private static readonly AssignmentId Assignment = AssignmentId.For(Session, 1);
    private readonly string _folder = Directory.CreateTempSubdirectory("cavra-journal-").FullName;

    private string JournalPath => Path.Combine(_folder, "journal");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Restart_AfterEachLine_KnowsHowFarTheRunCame()
    {
        var key = new StepKey(Assignment, 1, 1, false);
        JournalRecord[] lines = [new IntentRecord(key, Session, "d"), new StartedRecord(key), new EndedRecord(key, Result(1)), new ReportedRecord(key)];
        foreach (var (line, expected) in lines.Zip(Enum.GetValues<StepProgress>()))
        {
            using (var journal = StepJournal.Open(_folder))
                await journal.Append(line);
            using var again = StepJournal.Open(_folder);
            again.Find(key)!.Progress.ShouldBe(expected);
        }

        using var last = StepJournal.Open(_folder);
        last.Find(key)!.Result!.Stdout.ShouldBe("line\n\u2028\"\\");
        last.Find(new StepKey(Assignment, 1, 1, true)).ShouldBeNull();
    }

    [Fact]
    public async Task Release_IsTrueAtOnce_AndLinesBeforeItTakeNothingBack()
    {
        using var journal = StepJournal.Open(_folder);
        var key = new StepKey(Assignment, 1, 1, false);
        var earlier = journal.Append(new IntentRecord(key, Session, "d"), isAwaited: false);
        var released = journal.Append(new ReleasedRecord(Assignment), isAwaited: false);
        journal.IsReleased(Assignment).ShouldBeTrue();
        await Task.WhenAll(earlier, released);
        journal.IsReleased(Assignment).ShouldBeTrue();
        journal.Find(key).ShouldBeNull();
    }

    [Fact]
    public async Task Restart_AfterATornWrite_KeepsEveryWholeLine()
    {
        using (var journal = StepJournal.Open(_folder))
        {
            await journal.Append(new IntentRecord(new StepKey(Assignment, 1, 1, false), Session, "d"));
            await journal.Append(new StartedRecord(new StepKey(Assignment, 1, 1, false)));
        }

        var whole = await File.ReadAllBytesAsync(JournalPath);
        var end = Array.LastIndexOf(whole, (byte)'\n') + 1;
        var firstLine = Array.IndexOf(whole, (byte)'\n') + 1;
        for (var cut = firstLine; cut < end; cut += 7)
        {
            await File.WriteAllBytesAsync(JournalPath, whole[..cut]);
            using var journal = StepJournal.Open(_folder);
            journal.Find(new StepKey(Assignment, 1, 1, false))!.Progress.ShouldBe(StepProgress.Intended);
        }
    }

    [Fact]
    public async Task Restart_AfterDamageToADurableLine_IsRefused()
    {
        using (var journal = StepJournal.Open(_folder))
            foreach (var step in Enumerable.Range(1, 3))
                await journal.Append(new IntentRecord(new StepKey(Assignment, step, 1, false), Session, "d"));
        var bytes = await File.ReadAllBytesAsync(JournalPath);
        bytes[40] ^= 1;
        await File.WriteAllBytesAsync(JournalPath, bytes);
        Should.Throw<JournalException>(() => StepJournal.Open(_folder)).Message.ShouldContain("line 1 of the journal is damaged");
    }

    [Fact]
    public void SecondWorker_OnTheSameFolder_IsRefused()
    {
        using var first = StepJournal.Open(_folder);
        Should.Throw<JournalException>(() => StepJournal.Open(_folder));
    }

    [Fact]
    public async Task Full_RefusesStartsAndTakesEnds()
    {
        var running = new StepKey(Assignment, 1, 1, false);
        using (var journal = StepJournal.Open(_folder, maximumBytes: 600 * 1024))
        {
            await journal.Append(new IntentRecord(running, Session, "d"));
            await journal.Append(new StartedRecord(running));
            await FillWith(journal);
            await Should.ThrowAsync<JournalException>(() => journal.Append(new StartedRecord(new StepKey(Assignment, 2, 1, false))));
            await journal.Append(new EndedRecord(running, Result(1)));
        }

        using var again = StepJournal.Open(_folder);
        again.Find(running)!.Progress.ShouldBe(StepProgress.Ended);
    }

    [Fact]
    public async Task DiskFull_RefusesStartsAndTakesEnds()
    {
        using var disk = TinyDisk.TryMount(Path.Combine(_folder, "tiny"), "256k");
        if (disk is null)
            return; // Mounting needs root; the test above holds the same rule without it.
        var running = new StepKey(Assignment, 1, 1, false);
        using (var journal = StepJournal.Open(disk.Path))
        {
            await Should.ThrowAsync<JournalException>(() => journal.Append(new StartedRecord(running)));
            disk.Resize("4m");
            await journal.Append(new IntentRecord(running, Session, "d"));
            await journal.Append(new StartedRecord(running));
            disk.Fill();
            await FillWith(journal);
            await Should.ThrowAsync<JournalException>(() => journal.Append(new StartedRecord(new StepKey(Assignment, 2, 1, false))));
            await journal.Append(new EndedRecord(running, Result(1)));
        }

        using var again = StepJournal.Open(disk.Path);
        again.Find(running)!.Result!.Status.ShouldBe(StepOutcome.Succeeded);
    }

    [Fact]
    public async Task ManyWriters_ShareTheirSyncs_AndAllIsThereAfterwards()
    {
        const int writers = 64;
        const int each = 60;
        using (var journal = StepJournal.Open(_folder))
        {
            await Task.WhenAll(Enumerable.Range(1, writers).Select(async writer =>
            {
                for (var step = 1; step <= each; step++)
                {
                    var key = new StepKey(AssignmentId.For(new SessionId(writer), 1), step, 1, false);
                    _ = journal.Append(new IntentRecord(key, new SessionId(writer), "d"));
                    await journal.Append(new StartedRecord(key));
                    await journal.Append(new EndedRecord(key, Result(step)));
                }
            })).WaitAsync(TimeSpan.FromSeconds(60));
        }

        using var again = StepJournal.Open(_folder);
        again.Steps().Count(step => step.Progress == StepProgress.Ended).ShouldBe(writers * each);
    }

    [Fact]
    public async Task Compaction_KeepsWhatIsLive_AndBoundsTheFile()
    {
        var live = new StepKey(Assignment, 1, 1, false);
        using (var journal = StepJournal.Open(_folder))
        {
            await journal.Append(new AssignedRecord(Frame(Assignment)));
            await journal.Append(new IntentRecord(live, Session, "d"));
            await journal.Append(new StartedRecord(live));
            var big = Result(1) with { Stdout = new string('x', 8000) };
            for (var session = 100; session < 2700; session++)
            {
                var key = new StepKey(AssignmentId.For(new SessionId(session), 1), 1, 1, false);
                _ = journal.Append(new AssignedRecord(Frame(key.Assignment)));
                _ = journal.Append(new IntentRecord(key, new SessionId(session), "d"));
                _ = journal.Append(new EndedRecord(key, big));
                await journal.Append(new ReleasedRecord(key.Assignment));
            }

            new FileInfo(JournalPath).Length.ShouldBeLessThan(17L * 1024 * 1024);
        }

        using var again = StepJournal.Open(_folder);
        again.Find(live)!.Progress.ShouldBe(StepProgress.Started);
        again.Assignments().Select(frame => frame.AssignmentId).ShouldBe([Assignment]);
        again.IsReleased(AssignmentId.For(new SessionId(150), 1)).ShouldBeTrue();
        again.Steps().Length.ShouldBe(1);
    }

    private static async Task FillWith(StepJournal journal)
    {
        // The last bytes too: first with long lines, then with the shortest.
        foreach (var text in new[] { 8000, 0 })
        {
            var full = false;
            for (var session = 1000; !full; session++)
                full = !await TryAppend(journal, new AssignedRecord(Frame(AssignmentId.For(new SessionId(session), 1)) with { TicketId = new string('t', text) }));
        }

        while (await TryAppend(journal, new StartedRecord(new StepKey(new AssignmentId("a"), 1, 1, false))))
        {
        }
    }

    private static async Task<bool> TryAppend(StepJournal journal, JournalRecord record)
    {
        try
        {
            await journal.Append(record).WaitAsync(TimeSpan.FromSeconds(30));
            return true;
        }
        catch (JournalException)
        {
            return false;
        }
    }

    private static StepResultFrame Result(int step) => new()
    {
        SessionId = Session,
        AssignmentId = Assignment,
        StepNumber = step,
        Attempt = 1,
        Status = StepOutcome.Succeeded,
        ExitCode = 0,
        Stdout = "line\n\u2028\"\\",
    };

    private static AssignFrame Frame(AssignmentId assignment) => new()
    {
        SessionId = Session,
        AssignmentId = assignment,
        Attempt = 1,
        TenantId = new TenantId("demo"),
        TicketId = "INC-1",
        EnvironmentProfile = EnvironmentProfile.DevFlex,
        WorkerRequirements = new WorkerRequirements(),
        SandboxProfile = "dev-flex",
    };

    private sealed class TinyDisk : IDisposable
    {
        internal required string Path { get; init; }

        internal static TinyDisk? TryMount(string path, string size)
        {
            if (Environment.UserName != "root")
                return null;
            Directory.CreateDirectory(path);
            return Mount("-t", "tmpfs", "-o", $"size={size}", "tmpfs", path) == 0 ? new TinyDisk { Path = path } : null;
        }

        internal void Resize(string size) => Mount("-o", $"remount,size={size}", Path).ShouldBe(0);

        internal void Fill()
        {
            var block = new byte[64 * 1024];
            using var file = File.Create(Path + "/filler");
            try
            {
                while (true)
                {
                    file.Write(block);
                    file.Flush();
                }
            }
            catch (IOException)
            {
                // Full, as wanted.
            }
        }

        public void Dispose()
        {
            using var process = Process.Start("umount", Path);
            process.WaitForExit();
        }

        private static int Mount(params string[] arguments)
        {
            using var process = Process.Start("mount", arguments);
            process.WaitForExit();
            return process.ExitCode;
        }
    }
}
