using System.Collections.Immutable;
using System.Globalization;
using Cavra.Actors.Approvals;

namespace Cavra.Actors.Grains.Approvals;

/// <summary>The simplest quorum, <c>N of GROUP</c>: enough to test the task apart from the grammar.</summary>
internal sealed class CountedQuorum : IQuorumRule
{
    public static CountedQuorum Rule { get; } = new();

    public bool Counts(string quorum, ImmutableArray<string> held) => held.Contains(quorum.Split(' ')[2], StringComparer.Ordinal);

    public bool Met(string quorum, IReadOnlyList<ImmutableArray<string>> held) =>
        held.Count(h => Counts(quorum, h)) >= int.Parse(quorum.Split(' ')[0], CultureInfo.InvariantCulture);
}
