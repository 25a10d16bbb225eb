using System.Collections.Immutable;

namespace Cavra.Actors.Sessions;

/// <summary>Which steps can be taken back: those that may have acted and say how, last first.</summary>
internal static class Rollbacks
{
    /// <summary>All of them; for an operator.</summary>
    public static ImmutableArray<int> OfAll(Session session) => Of(session, static (_, _) => true);

    /// <summary>All of them, but for a failed step whose rollback is not meant for failures.</summary>
    public static ImmutableArray<int> OfFailure(Session session, int failed) => Of(session, (step, rollback) =>
        step != failed || rollback.Conditions.IsDefaultOrEmpty || rollback.Conditions.Contains("failure", StringComparer.Ordinal));

    /// <summary>Whether one step can.</summary>
    public static bool Can(Session session, int step) => session.Plan.Steps[step - 1].Rollback is not null && session.Steps[step - 1].MayHaveActed;

    private static ImmutableArray<int> Of(Session session, Func<int, RollbackAction, bool> wanted)
    {
        var found = ImmutableArray.CreateBuilder<int>();
        for (var number = session.Steps.Length; number >= 1; number--)
            if (Can(session, number) && wanted(number, session.Plan.Steps[number - 1].Rollback!)) found.Add(number);
        return found.DrainToImmutable();
    }
}
