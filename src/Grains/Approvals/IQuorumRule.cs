using System.Collections.Immutable;

namespace Cavra.Actors.Approvals;

/// <summary>How a quorum such as <c>1 of sre and 1 of dba</c> is read. The approval task knows nothing of its grammar.</summary>
internal interface IQuorumRule
{
    /// <summary>Whether someone who holds these roles and groups could count towards the quorum at all.</summary>
    bool Counts(string quorum, ImmutableArray<string> held);

    /// <summary>Whether people who hold these meet the quorum; each of them counts once.</summary>
    bool Met(string quorum, IReadOnlyList<ImmutableArray<string>> held);
}
