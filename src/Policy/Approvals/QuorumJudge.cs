using System.Collections.Immutable;
using Cavra.Actors.Subjects;

namespace Cavra.Actors.Approvals;

/// <summary>
/// Judges quorums: against votes, and against the directory before anyone has voted. One person fills one place, whatever roles they hold; the requester fills none
/// (hazard C03); who decides must hold the role <c>approver</c> besides the groups that the quorum names.
/// </summary>
public static class QuorumJudge
{
    /// <summary>The role without which nobody decides (contract, Conventions).</summary>
    public const string ApproverRole = "approver";

    /// <summary>Whether different people among <paramref name="people"/> can fill every place of some alternative.</summary>
    public static bool IsMet(QuorumExpression quorum, IReadOnlyCollection<Subject> people, string requester) =>
        quorum.Alternatives.Any(alternative => Missing(alternative, Voters(people, requester)) == 0);

    /// <summary>Whether the directory less the requester can meet it (<c>quorum_unsatisfiable</c> when not).</summary>
    public static bool IsSatisfiable(QuorumExpression quorum, IReadOnlyCollection<Subject> directory, string requester) => IsMet(quorum, directory, requester);

    /// <summary>Everyone in the directory whose vote could count, by name.</summary>
    public static ImmutableArray<string> Eligible(QuorumExpression quorum, IReadOnlyCollection<Subject> directory, string requester) =>
        [.. Voters(directory, requester).Where(p => Counts(quorum, p)).Select(p => p.Name).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];

    /// <summary>Whether a person holds a role that the quorum names (and is an approver).</summary>
    public static bool Counts(QuorumExpression quorum, Subject person) =>
        person.Roles.Contains(ApproverRole) && quorum.Alternatives.Any(a => a.Any(c => person.Roles.Contains(c.Role)));

    /// <summary>Whether one more vote by the person would bring some alternative nearer: a vote that cannot count is refused as <c>not_eligible</c>.</summary>
    public static bool Advances(QuorumExpression quorum, IReadOnlyCollection<Subject> voted, Subject person, string requester) =>
        Counts(quorum, person) && person.Name != requester && voted.All(v => v.Name != person.Name)
        && quorum.Alternatives.Any(a => Missing(a, Voters([.. voted, person], requester)) < Missing(a, Voters(voted, requester)));

    /// <summary>How far it is, in plain words: <c>1 of 2: one more of approver</c>.</summary>
    public static string Progress(QuorumExpression quorum, IReadOnlyCollection<Subject> voted, string requester)
    {
        var voters = Voters(voted, requester);
        var (alternative, missing) = quorum.Alternatives.Select(a => (a, Missing(a, voters))).MinBy(x => x.Item2);
        var total = alternative.Sum(c => c.Count);
        if (missing == 0)
            return $"{total} of {total}: the quorum {quorum.Text} is met";
        return $"{total - missing} of {total}: {missing} more for {quorum.Text}";
    }

    private static List<Subject> Voters(IReadOnlyCollection<Subject> people, string requester) =>
        [.. people.Where(p => p.Name != requester && p.Roles.Contains(ApproverRole)).DistinctBy(p => p.Name, StringComparer.Ordinal)];

    /// <summary>Places of the alternative that stay empty under the best assignment: a maximum matching by augmenting paths.</summary>
    private static int Missing(ImmutableArray<QuorumClause> alternative, List<Subject> people)
    {
        List<string> places = [.. alternative.SelectMany(c => Enumerable.Repeat(c.Role, c.Count))];
        var holder = Enumerable.Repeat(-1, places.Count).ToArray();
        var filled = 0;
        for (var person = 0; person < people.Count && filled < places.Count; person++)
        {
            if (Place(person, new bool[places.Count]))
                filled++;
        }

        return places.Count - filled;

        bool Place(int person, bool[] tried)
        {
            for (var place = 0; place < places.Count; place++)
            {
                if (tried[place] || !people[person].Roles.Contains(places[place]))
                    continue;
                tried[place] = true;
                if (holder[place] >= 0 && !Place(holder[place], tried))
                    continue;
                holder[place] = person;
                return true;
            }

            return false;
        }
    }
}
