using Cavra.Actors.Identity;

namespace Cavra.Actors.WorkerAgent.Assignments;

/// <summary>
/// One private folder per assignment: /work inside its sandboxes, made when its first process starts, kept between a session's steps, removed at its end.
/// </summary>
internal sealed class WorkFolders(string dataFolder, TimeProvider time)
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private static readonly TimeSpan TrialGood = TimeSpan.FromSeconds(1);
    private readonly string _root = Path.Combine(dataFolder, "work");
    private long? _tried;

    /// <summary>
    /// Finds out by a trial whether folders can be made here. One trial is good for a second: a folder per session only to look would cost more than all
    /// other checks together. Called by one thread at a time.
    /// </summary>
    /// <exception cref="IOException">They cannot, e.g. because the disk is full.</exception>
    internal void Try()
    {
        if (_tried is { } at && time.GetElapsedTime(at) < TrialGood)
            return;
        var trial = Path.Combine(_root, "trial");
        Make(trial);
        Directory.Delete(trial);
        _tried = time.GetTimestamp();
    }

    /// <summary>Makes an assignment's folder unless it is there.</summary>
    internal static void Make(string folder) => Directory.CreateDirectory(folder, OwnerOnly);

    /// <summary>Removes a folder and all in it; links are removed, not followed.</summary>
    internal void Remove(AssignmentId assignment)
    {
        try
        {
            if (Directory.Exists(At(assignment)))
                Directory.Delete(At(assignment), recursive: true);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // Swept at the next start; the assignment's end does not wait for it.
        }
    }

    /// <summary>Removes folders of assignments that are over.</summary>
    internal void Sweep(IReadOnlySet<AssignmentId> live)
    {
        if (!Directory.Exists(_root))
            return;
        foreach (var folder in Directory.EnumerateDirectories(_root).Select(Path.GetFileName))
            if (!live.Contains(new AssignmentId(folder!)))
                Remove(new AssignmentId(folder!));
    }

    /// <summary>Where an assignment's folder is, or will be.</summary>
    /// <exception cref="ArgumentException">The id is no file name.</exception>
    internal string At(AssignmentId assignment)
    {
        // The id came over the wire.
        if (assignment.Value.Length is 0 or > 128 || assignment.Value.AsSpan().ContainsAnyExcept(Safe) || assignment.Value[0] == '.')
            throw new ArgumentException("an assignment id that is no file name", nameof(assignment));
        return Path.Combine(_root, assignment.Value);
    }

    /// <summary>Characters of an assignment id that may become a file name.</summary>
    internal static System.Buffers.SearchValues<char> Safe { get; } =
        System.Buffers.SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.");
}
