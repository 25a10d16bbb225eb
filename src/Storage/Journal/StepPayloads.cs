using System.Text.Json;
using Cavra.Actors.Sessions;
using Cavra.Actors.Wire;

namespace Cavra.Actors.Storage.Journal;

/// <summary>The JSON of <c>execution_steps.command_payload</c> and <c>rollback_payload</c> (spec 3.4): the objects of spec 3.3.</summary>
internal static class StepPayloads
{
    internal static string Command(PlannedStep step)
        => $$"""{"command":{{Json(step.Command)}},"args":{{Json(new StepArgs(step.TimeoutSeconds, step.WorkingDirectory, step.Command.Shell))}},"digest":"{{step.Digest}}"}""";

    internal static string? Rollback(PlannedStep step)
        => step.Rollback is { } rollback
            ? $$"""{"command":{{Json(rollback.Command)}},"timeout":{{rollback.TimeoutSeconds}},"conditions":{{Json(rollback.Conditions)}},"digest":"{{step.RollbackDigest}}"}"""
            : null;

    private static string Json<T>(T value) => JsonSerializer.Serialize(value, WireJson.Options);
}
