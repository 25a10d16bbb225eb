using Cavra.Actors.Subjects;
using FsCheck;
using FsCheck.Fluent;

namespace Cavra.Actors.Approvals;

public sealed class QuorumTests
{
    private static readonly string[] Groups = ["approver", "sre", "dba"];

    [Theory]
    [InlineData("2 of approver", "2 of approver", 2)]
    [InlineData("1 of sre and 1 of dba", "1 of sre and 1 of dba", 2)]
    [InlineData("  1   OF sre  Or 2 of dba ", "1 of sre or 2 of dba", 1)]
    [InlineData("(1 of sre or 1 of dba) and 1 of lead", "(1 of sre or 1 of dba) and 1 of lead", 2)]
    [InlineData("1 of a and 1 of b or 3 of c", "1 of a and 1 of b or 3 of c", 2)]
    [InlineData("((2 of x))", "((2 of x))", 2)]
    public void Expression_Parsed_IsRegularAndKnowsHowManyItNeeds(string text, string regular, int people)
    {
        var quorum = QuorumExpression.Parse(text);
        (quorum.Text, quorum.FewestPeople).ShouldBe((regular, people));
        QuorumExpression.Parse(quorum.Text).Text.ShouldBe(regular);
    }

    [Theory]
    [InlineData("")]
    [InlineData("approver")]
    [InlineData("0 of approver")]
    [InlineData("-1 of approver")]
    [InlineData("21 of approver")]
    [InlineData("two of approver")]
    [InlineData("2 approver")]
    [InlineData("2 of")]
    [InlineData("2 of and")]
    [InlineData("1 of a and")]
    [InlineData("1 of a 1 of b")]
    [InlineData("(1 of a")]
    [InlineData("1 of a)")]
    [InlineData("1 of a;drop")]
    [InlineData("(1 of a or 1 of b) and (1 of a or 1 of b) and (1 of a or 1 of b) and (1 of a or 1 of b) and (1 of a or 1 of b) and (1 of a or 1 of b)")]
    [InlineData("((((((((((((((((((1 of a))))))))))))))))))")]
    public void BadExpression_Parsed_SaysWhy(string text)
    {
        QuorumExpression.TryParse(text, out _, out var problem).ShouldBeFalse();
        problem.ShouldNotBeNullOrWhiteSpace();
    }

    [Fact]
    public void C03_OnePerson_NeverFillsTwoPlaces()
    {
        var both = new Subject("ann", ["approver", "sre", "dba"]);
        var quorum = QuorumExpression.Parse("1 of sre and 1 of dba");
        QuorumJudge.IsMet(quorum, [both], "bob").ShouldBeFalse();
        QuorumJudge.IsMet(quorum, [both, both], "bob").ShouldBeFalse();
        QuorumJudge.IsMet(quorum, [both, new Subject("cem", ["approver", "sre"])], "bob").ShouldBeTrue();
        QuorumJudge.IsMet(quorum, [both, new Subject("cem", ["approver", "sre"])], "cem").ShouldBeFalse();
        QuorumJudge.IsMet(QuorumExpression.TwoKeys, [both, both], "bob").ShouldBeFalse();
    }

    [Fact]
    public void C11_NoApproverRole_IsNoRight()
    {
        var quorum = QuorumExpression.Parse("1 of sre");
        QuorumJudge.IsSatisfiable(quorum, [new Subject("ann", ["sre"])], "bob").ShouldBeFalse();
        QuorumJudge.IsSatisfiable(quorum, [new Subject("ann", [])], "bob").ShouldBeFalse();
        QuorumJudge.Eligible(quorum, [new Subject("ann", ["sre"]), new Subject("dan", ["sre", "approver"])], "bob").ShouldBe(["dan"]);
    }

    [Fact]
    public void Votes_Counted_OnlyAdvanceWhereTheyFit()
    {
        var quorum = QuorumExpression.Parse("1 of sre and 1 of dba");
        var ann = new Subject("ann", ["approver", "sre"]);
        var cem = new Subject("cem", ["approver", "sre"]);
        var eva = new Subject("eva", ["approver", "dba"]);
        QuorumJudge.Advances(quorum, [], ann, "bob").ShouldBeTrue();
        QuorumJudge.Advances(quorum, [ann], cem, "bob").ShouldBeFalse();
        QuorumJudge.Advances(quorum, [ann], eva, "bob").ShouldBeTrue();
        QuorumJudge.Advances(quorum, [ann], eva, "eva").ShouldBeFalse();
        QuorumJudge.Progress(quorum, [ann], "bob").ShouldBe("1 of 2: 1 more for 1 of sre and 1 of dba");
        QuorumJudge.Progress(quorum, [ann, eva], "bob").ShouldContain("is met");
    }

    [Fact]
    public void Matching_AgainstBruteForce_AgreesOnEverySmallCase()
    {
        var roles = Gen.SubListOf(Groups);
        var people = roles.Select(r => r.ToArray()).ListOf().Resize(5);
        var clause = Gen.Choose(1, 2).SelectMany(_ => Gen.Elements(Groups), (count, role) => $"{count} of {role}");
        var alternative = clause.NonEmptyListOf().Resize(3).Select(c => string.Join(" and ", c.Take(3)));
        var quorum = alternative.NonEmptyListOf().Resize(2).Select(a => string.Join(" or ", a.Take(2)));
        var cases = people.SelectMany(_ => quorum, (who, text) => (Who: who.Take(5).ToArray(), Text: text));
        Prop.ForAll(Arb.From(cases), c =>
        {
            var subjects = c.Who.Select((r, i) => new Subject("p" + i, [.. r])).ToArray();
            var expression = QuorumExpression.Parse(c.Text);
            return QuorumJudge.IsMet(expression, subjects, "p0") == BruteForce(expression, [.. subjects.Skip(1).Where(s => s.Roles.Contains("approver"))]);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(500));
    }

    /// <summary>Tries every way to give places to people, without any cleverness.</summary>
    private static bool BruteForce(QuorumExpression quorum, Subject[] people) =>
        quorum.Alternatives.Any(a => Fill([.. a.SelectMany(c => Enumerable.Repeat(c.Role, c.Count))], people));

    private static bool Fill(string[] places, Subject[] people) =>
        places.Length == 0 || people.Any(p => p.Roles.Contains(places[0]) && Fill(places[1..], [.. people.Where(o => o != p)]));
}
