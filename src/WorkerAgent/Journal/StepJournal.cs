using System.Buffers;
using System.Collections.Concurrent;
using System.Collections.Immutable;
using Cavra.Actors.Identity;
using Cavra.Actors.Sessions;
using Cavra.Actors.Workers.Channel;
using Microsoft.Win32.SafeHandles;

namespace Cavra.Actors.WorkerAgent.Journal;

/// <summary>
/// The worker's memory on disk: what it was told to run, what has started, how it ended. A line is durable when its task ends.
/// Lines that wait together share one write and one fdatasync.
/// </summary>
internal sealed class StepJournal : IDisposable
{
    internal const long DefaultMaximumBytes = 256L * 1024 * 1024;

    // Kept free for the ends of runs that have started: results carry at most 2 x 8 KiB of output.
    private const long ReserveBytes = 512 * 1024;
    private const long CompactBytes = 16 * 1024 * 1024;
    private const int Waiting = 8192;

    // A line that nobody waits for is durable a moment later, or with the next one that somebody does wait for, which then does not wait for two syncs.
    private const int LingerMilliseconds = 5;
    private const int LargestBatch = 512;
    private readonly Lock _lock = new();
    private readonly string _path;
    private readonly long _maximumBytes;
    private readonly JournalState _state;
    private readonly BlockingCollection<Entry> _queue = new(Waiting);
    private readonly Thread _writer;
    private JournalFile _file;
    private long _compactAt = CompactBytes;

    private StepJournal(string path, JournalFile file, JournalState state, long maximumBytes)
    {
        (_path, _file, _state, _maximumBytes) = (path, file, state, maximumBytes);
        _writer = new Thread(Write) { IsBackground = true, Name = "cavra-journal" };
        _writer.Start();
    }

    private sealed record Entry(JournalRecord Record, byte[] Line, bool IsAwaited, TaskCompletionSource Done);

    /// <summary>Opens or makes the journal of a data folder and locks it.</summary>
    /// <exception cref="JournalException">Another worker has it, it is damaged, or there is no room for it.</exception>
    internal static StepJournal Open(string folder, long maximumBytes = DefaultMaximumBytes)
    {
        Directory.CreateDirectory(folder);
        var path = Path.Combine(folder, "journal");
        try
        {
            var handle = JournalFile.OpenHandle(path);
            var state = new JournalState();
            var length = JournalReader.Read(ReadAll(handle), state);
            JournalFile.MakeNameDurable(path);
            return new StepJournal(path, JournalFile.Take(handle, length, maximumBytes), state, maximumBytes);
        }
        catch (IOException error)
        {
            throw new JournalException($"the journal {path} cannot be opened: {error.Message}", error);
        }
    }

    /// <summary>Writes a line.</summary>
    /// <param name="isAwaited">Somebody waits for it: written at once, with all lines before it. Others within milliseconds.</param>
    /// <exception cref="JournalException">It is not durable and does not count.</exception>
    internal Task Append(JournalRecord record, bool isAwaited = true)
    {
        // A plan is only data: it may be used before it is durable, and the next assignment of the same plan does. How a run ended, and that an assignment
        // is over, is true at once: a late copy of it must not be taken for new.
        if (record is PlanRecord or EndedRecord or ReleasedRecord)
            lock (_lock)
                _state.Apply(record);
        var entry = new Entry(record, JournalLine.Encode(record), isAwaited, new(TaskCreationOptions.RunContinuationsAsynchronously));
        _queue.Add(entry);
        return entry.Done.Task;
    }

    internal JournalStep? Find(StepKey key)
    {
        lock (_lock)
            return _state.Steps.GetValueOrDefault(key);
    }

    internal bool IsReleased(AssignmentId assignment)
    {
        lock (_lock)
            return _state.IsReleased(assignment);
    }

    /// <summary>The steps of a plan that this worker has seen; null when it has not.</summary>
    internal ImmutableArray<PlannedStep>? Plan(string digest)
    {
        lock (_lock)
            return _state.Plan(digest);
    }

    /// <summary>Assignments that are not over, without their steps.</summary>
    internal ImmutableArray<AssignFrame> Assignments()
    {
        lock (_lock)
            return [.. _state.Assignments.Values];
    }

    /// <summary>Every run that is remembered.</summary>
    internal ImmutableArray<JournalStep> Steps()
    {
        lock (_lock)
            return [.. _state.Steps.Values];
    }

    /// <summary>Writes what waits and lets the file go.</summary>
    public void Dispose()
    {
        _queue.CompleteAdding();
        _writer.Join();
        _file.Dispose();
        _queue.Dispose();
    }

    private static ReadOnlySpan<byte> ReadAll(SafeFileHandle handle)
    {
        var content = new byte[RandomAccess.GetLength(handle)];
        var read = 0;
        while (read < content.Length && RandomAccess.Read(handle, content.AsSpan(read), read) is var more and > 0)
            read += more;
        return content.AsSpan(0, read);
    }

    private void Write()
    {
        var batch = new List<Entry>(LargestBatch);
        while (_queue.TryTake(out var first, Timeout.Infinite))
        {
            batch.Clear();
            batch.Add(first);
            var isAwaited = first.IsAwaited;
            var lingers = Environment.TickCount64;
            while (batch.Count < LargestBatch && _queue.TryTake(out var next, isAwaited ? 0 : Linger(lingers)))
            {
                batch.Add(next);
                isAwaited |= next.IsAwaited;
            }

            WriteBatch(batch);
        }
    }

    private static int Linger(long since) => Math.Max(0, LingerMilliseconds - (int)(Environment.TickCount64 - since));

    private void WriteBatch(List<Entry> batch)
    {
        if (TryWrite(batch) is not { } failure)
            return;
        // With no room for all, the ends of runs still go into the reserve; new starts are refused.
        foreach (var entry in batch)
            if (entry.Record is EndedRecord or ReportedRecord or ReleasedRecord)
                _ = TryWrite([entry]) is { } still ? entry.Done.TrySetException(still) : true;
            else
                entry.Done.TrySetException(failure);
    }

    private JournalException? TryWrite(List<Entry> batch)
    {
        try
        {
            var bytes = batch.Sum(entry => entry.Line.Length);
            var starts = batch.Any(entry => entry.Record is not (EndedRecord or ReportedRecord or ReleasedRecord));
            _file.Reserve(bytes + (starts ? ReserveBytes : 0));
            Put(batch, bytes);
        }
        catch (JournalException error)
        {
            return error;
        }

        lock (_lock)
            foreach (var entry in batch)
                _state.Apply(entry.Record);
        foreach (var entry in batch)
            entry.Done.TrySetResult();
        if (_file.Length >= _compactAt)
            Compact();
        return null;
    }

    private void Put(List<Entry> batch, int bytes)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(bytes);
        try
        {
            var at = 0;
            foreach (var entry in batch)
            {
                JournalLine.Seal(entry.Line, _file.Length);
                entry.Line.CopyTo(buffer, at);
                at += entry.Line.Length;
            }

            _file.Append(buffer.AsSpan(0, at));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private void Compact()
    {
        var fresh = _path + ".new";
        try
        {
            File.Delete(fresh);
            var file = JournalFile.Take(JournalFile.OpenHandle(fresh), 0, _maximumBytes);
            var content = new MemoryStream();
            lock (_lock)
                foreach (var record in _state.Snapshot())
                    WriteLine(content, record);
            file.Reserve(content.Length + ReserveBytes);
            file.Append(content.GetBuffer().AsSpan(0, (int)content.Length));
            File.Move(fresh, _path, overwrite: true);
            JournalFile.MakeNameDurable(_path);
            _file.Dispose();
            _file = file;
        }
        catch (Exception error) when (error is JournalException or IOException)
        {
            // The long journal stays as it is; the next try comes after as much again.
        }

        // What is live decides when it is worth doing again, so that a full journal is not rewritten at every line.
        _compactAt = Math.Max(CompactBytes, 2 * _file.Length);
    }

    private static void WriteLine(MemoryStream content, JournalRecord record)
    {
        var line = JournalLine.Encode(record);
        JournalLine.Seal(line, 0);
        content.Write(line);
    }
}
