namespace Cavra.Actors.Runbooks.Reading;

/// <summary>Collects problems up to a bound and answers them in document order.</summary>
internal sealed class ProblemList
{
    private readonly List<RunbookProblem> _problems = [];
    private int _dropped;

    public bool Any => _problems.Count > 0;

    /// <summary>Whether the field has a problem already; a second one from a finer rule would say the same again.</summary>
    public bool Has(string path) => _problems.Exists(p => p.Path == path);

    public void Add(Mark mark, string path, string message)
    {
        var problem = new RunbookProblem(mark.Line, mark.Column, path, message);
        if (_problems.Contains(problem))
            return;
        if (_problems.Count < TreeLimits.Problems)
            _problems.Add(problem);
        else
            _dropped++;
    }

    public IReadOnlyList<RunbookProblem> ToList()
    {
        var ordered = _problems.OrderBy(p => p.Line).ThenBy(p => p.Column).ToList();
        if (_dropped > 0)
            ordered.Add(new RunbookProblem(ordered[^1].Line, ordered[^1].Column, "", $"{_dropped} more problems are not shown."));
        return ordered;
    }
}
