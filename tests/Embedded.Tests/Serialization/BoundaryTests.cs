using System.Collections.Immutable;

namespace Cavra.Actors.Embedded.Tests.Serialization;

internal interface IBoundaryGrain : IGrainWithStringKey
{
    Task<Order> Take(Order order, Quantity quantity, CancellationToken cancellation);
}

[GenerateSerializer, Alias("order"), Immutable]
internal sealed record Order(string Id, [property: Id(0)] int Count, ImmutableArray<Line> Lines)
{
    [Id(1)] public DateTimeOffset? At { get; init; }

    [Id(2)] public ImmutableDictionary<string, Quantity> By { get; init; } = ImmutableDictionary<string, Quantity>.Empty;

    public int Computed => Count * 2;
}

[GenerateSerializer, Alias("line")]
internal abstract record Line([property: Id(0)] string Text);

[GenerateSerializer, Alias("line-a")]
internal sealed record LineA(string Text, (int From, int To) Range) : Line(Text);

[GenerateSerializer, Alias("line-b")]
internal sealed record LineB(string Text, byte[] Data, DayOfWeek Day) : Line(Text);

[GenerateSerializer, Alias("quantity")]
internal readonly record struct Quantity([property: Id(0)] decimal Value, [property: Id(1)] string? Unit);

[GenerateSerializer, Alias("boxed")]
internal sealed record Boxed<T>(T Value, int? Number);

#pragma warning disable CA1852, IDE0051, CA1823, CA1812
[GenerateSerializer]
internal sealed record WithoutAlias(int A);

[GenerateSerializer, Alias("with-problems")]
internal sealed class WithProblems
{
    [Id(0)] public int Changes { get; set; }

    [Id(0)] public int Twice { get; init; }

    public int Lost { get; init; }

    [Id(3)] public List<int> Items { get; init; } = [];

    [Id(4)] public object? Anything { get; init; }
}

/// <summary>Orleans: a type crosses by its alias and its members' numbers; record parameters are numbered by position; the rest needs [Id].</summary>
public sealed class BoundaryTests
{
    private static readonly Order Sample = new("o-1", 3, [new LineA("a", (1, 2)), new LineB("b", [1, 2, 3], DayOfWeek.Friday)])
    {
        At = new DateTimeOffset(2026, 1, 2, 3, 4, 5, 678, TimeSpan.Zero),
        By = ImmutableDictionary<string, Quantity>.Empty.Add("x", new Quantity(1.50m, "kg")).Add("y", new Quantity(2m, null)),
    };

    [Fact]
    public void WellMarkedTypes_Check_FindsNothing() =>
        BoundaryTypes.Check(typeof(IBoundaryGrain), typeof(Boxed<>)).ShouldBeEmpty();

    [Fact]
    public void TypeWithoutAlias_Check_SaysSo() =>
        BoundaryTypes.Check(typeof(WithoutAlias)).ShouldBe(["WithoutAlias has no [Alias]."]);

    [Fact]
    public void EveryFault_Check_NamesMemberAndRule()
    {
        var problems = BoundaryTypes.Check(typeof(WithProblems));
        problems.ShouldContain("WithProblems.Lost has no [Id] and would be lost.");
        problems.ShouldContain(p => p.StartsWith("WithProblems: id 0 is used by", StringComparison.Ordinal));
        problems.ShouldContain("WithProblems.Changes can be changed after construction.");
        problems.ShouldContain(p => p.Contains("List<Int32>", StringComparison.Ordinal));
        problems.ShouldContain(p => p.Contains("WithProblems.Anything: Object", StringComparison.Ordinal));
        problems.Count.ShouldBe(5);
    }

    [Fact]
    public void PolymorphicRecord_RoundTrip_KeepsEverything()
    {
        var copy = BoundarySerializer.RoundTrip(Sample);
        copy.ShouldNotBeSameAs(Sample);
        BoundarySerializer.AreEquivalent(copy, Sample).ShouldBeTrue();
        copy.Id.ShouldBe("o-1");
        copy.At.ShouldBe(Sample.At);
        copy.By["x"].ShouldBe(new Quantity(1.50m, "kg"));
        copy.Lines[0].ShouldBe(new LineA("a", (1, 2)));
        copy.Lines[1].ShouldBeOfType<LineB>().Data.ShouldBe([1, 2, 3]);
    }

    [Fact]
    public void DefaultAndNullMembers_RoundTrip_StayDefault()
    {
        var copy = BoundarySerializer.RoundTrip(Sample with { Lines = default, At = null });
        copy.Lines.IsDefault.ShouldBeTrue();
        copy.At.ShouldBeNull();
    }

    [Fact]
    public void GenericRecord_RoundTrip_KeepsArguments() =>
        BoundarySerializer.RoundTrip(new Boxed<Quantity>(new Quantity(4, "m"), 7)).ShouldBe(new Boxed<Quantity>(new Quantity(4, "m"), 7));

    [Fact]
    public void DifferentValues_Compared_AreNotEquivalent() =>
        BoundarySerializer.AreEquivalent(Sample, Sample with { Count = 4 }).ShouldBeFalse();

    [Fact]
    public void UnmarkedType_RoundTrip_Refuses() =>
        Should.Throw<InvalidOperationException>(() => BoundarySerializer.RoundTrip(new Boxed<object>(new UriBuilder(), null)));

    [Theory]
    [InlineData(typeof(Order))]
    [InlineData(typeof(LineB))]
    [InlineData(typeof(Quantity))]
    [InlineData(typeof(Boxed<ImmutableSortedDictionary<int, Line>>))]
    public void Samples_RoundTrip_AreFilledAndEquivalent(Type type)
    {
        var sample = BoundarySamples.Of(type);
        BoundarySerializer.AreEquivalent(BoundarySerializer.RoundTrip(sample), sample).ShouldBeTrue();
    }
}
