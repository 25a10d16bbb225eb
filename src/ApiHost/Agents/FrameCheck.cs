using System.Text;
using System.Text.Json;
using Cavra.Actors.ApiHost.Http;
using Cavra.Actors.Sessions;
using Cavra.Actors.Workers.Channel;

namespace Cavra.Actors.ApiHost.Agents;

/// <summary>Reads and bounds what workers send: input like any other (ARCHITECTURE section 6). Unknown fields are ignored, unknown words refused (hazard F04).</summary>
internal static class FrameCheck
{
    /// <summary>Most bytes of one frame: 32 KiB of data, every character escaped, and the rest.</summary>
    public const int MaxFrameBytes = 256 * 1024;

    /// <summary>Most bytes of text in an output frame (contract, Agent port).</summary>
    public const int MaxData = 32 * 1024;

    private const int MaxId = 255;
    private const int MaxText = 4 * 1024;
    private const int MaxTail = 64 * 1024;
    private const int MaxSteps = 10_000;
    private const int MaxAttempts = 10_000;
    private const int MaxChecks = 64;
    private const char Replacement = '\uFFFD';

    /// <summary>The frame; else what is wrong with it, and its <c>message_id</c> when it has one.</summary>
    public static (AgentFrame? Frame, string? Problem, string? MessageId) Read(ReadOnlySpan<byte> utf8)
    {
        if (utf8.Length > MaxFrameBytes) return (null, $"a frame may have at most {MaxFrameBytes} bytes", null);
        try
        {
            var frame = JsonSerializer.Deserialize(utf8, Wire<AgentFrame>.Info);
            if (frame is null) return (null, "a frame is an object", null);
            frame = WithDefaults(frame);
            return Problem(frame) is { } problem ? (null, problem, Bounded(frame.MessageId)) : (Clean(frame), null, frame.MessageId);
        }
        catch (Exception e) when (e is JsonException or NotSupportedException or InvalidOperationException)
        {
            return (null, Plain(e), MessageId(utf8));
        }
    }

    /// <summary>Members that were left out get their defaults, which generated readers do not give to init-only members.</summary>
    public static AgentFrame WithDefaults(AgentFrame frame) => frame switch
    {
        StepStartedFrame { Attempt: 0 } started => started with { Attempt = 1 },
        StepOutputFrame { Attempt: 0 } output => output with { Attempt = 1 },
        PreflightFrame { Checks.IsDefault: true } preflight => preflight with { Checks = [] },
        StepResultFrame { CredentialIds.IsDefault: true } result => result with { CredentialIds = [] },
        _ => frame,
    };

    /// <summary>What is wrong with a frame; null when it is good.</summary>
    public static string? Problem(AgentFrame frame)
    {
        if (frame.MessageId is { Length: > MaxId } || frame.IdempotencyKey is { Length: > MaxId } || frame.Traceparent is { Length: > MaxId }) return $"ids have at most {MaxId} characters";
        if (frame is AckFrame) return null;
        if (frame is not SessionFrame session) return "this frame only goes down";
        if (session.SessionId.Value < 1) return "session_id is required";
        if (session.AssignmentId.Value is not { Length: >= 1 and <= MaxId }) return "assignment_id is required";
        return session switch
        {
            AssignmentAckFrame ack => ack.Reason is { Length: > MaxText } ? "reason is too long" : null,
            PreflightFrame preflight => OfPreflight(preflight),
            StepStartedFrame started => OfStep(started.StepNumber, started.Attempt),
            StepOutputFrame output => OfOutput(output),
            StepResultFrame result => OfResult(result),
            _ => "this frame only goes down",
        };
    }

    /// <summary>The frame with NUL, which PostgreSQL cannot hold, replaced as other undecodable bytes are (hazard D11).</summary>
    public static AgentFrame Clean(AgentFrame frame) => frame switch
    {
        StepOutputFrame output when HasNul(output.Data) => output with { Data = NoNul(output.Data)! },
        StepResultFrame result when HasNul(result.Stdout) || HasNul(result.Stderr) || HasNul(result.Detail) =>
            result with { Stdout = NoNul(result.Stdout), Stderr = NoNul(result.Stderr), Detail = NoNul(result.Detail) },
        AssignmentAckFrame ack when HasNul(ack.Reason) => ack with { Reason = NoNul(ack.Reason) },
        PreflightFrame preflight when preflight.Checks.Any(c => HasNul(c.Name) || HasNul(c.Detail)) =>
            preflight with { Checks = [.. preflight.Checks.Select(c => new PreflightCheck(NoNul(c.Name)!, c.Ok, NoNul(c.Detail)))] },
        _ => frame,
    };

    /// <summary>A reader's complaint without type names of ours.</summary>
    public static string Plain(Exception e) => e is JsonException { Path: { } path } ? $"wrong or missing value at {path}" : "not a frame that is known here";

    private static string? OfPreflight(PreflightFrame frame)
    {
        if (frame.Checks.IsDefault || frame.Checks.Length > MaxChecks) return $"checks has at most {MaxChecks} items";
        return frame.Checks.Any(c => c is null || c.Name is not { Length: >= 1 and <= MaxId } || c.Detail is { Length: > MaxText }) ? "a check has a name and a detail of bounded length" : null;
    }

    private static string? OfStep(int step, int attempt)
    {
        if (step is < 1 or > MaxSteps) return $"step_number is from 1 to {MaxSteps}";
        return attempt is < 1 or > MaxAttempts ? $"attempt is from 1 to {MaxAttempts}" : null;
    }

    private static string? OfOutput(StepOutputFrame frame)
    {
        if (OfStep(frame.StepNumber, frame.Attempt) is { } problem) return problem;
        if (frame.StreamSeq < 1) return "stream_seq is 1, 2, ...";
        if (frame.ChunkType is not ("stdout" or "stderr" or "status")) return "chunk_type is stdout, stderr or status";
        if (frame.Data is null) return "data is required";
        return frame.Data.Length > MaxData || Encoding.UTF8.GetByteCount(frame.Data) > MaxData ? $"data has at most {MaxData} bytes" : null;
    }

    private static string? OfResult(StepResultFrame frame)
    {
        if (OfStep(frame.StepNumber, frame.Attempt) is { } problem) return problem;
        if (frame.Status == StepOutcome.NotRun) return "status is succeeded, failed or unknown";
        if (frame.ExecutionMs < 0 || frame.LastStreamSeq < 0) return "execution_ms and last_stream_seq are not negative";
        if (frame.Stdout is { Length: > MaxTail } || frame.Stderr is { Length: > MaxTail }) return $"stdout and stderr have at most {MaxTail} characters; output goes in step.output";
        if (frame.Detail is { Length: > MaxText } || frame.SandboxProfile is { Length: > MaxId }) return "detail or sandbox_profile is too long";
        return frame.CredentialIds.IsDefault || frame.CredentialIds.Length > MaxChecks || frame.CredentialIds.Any(c => c is not { Length: >= 1 and <= MaxId }) ? $"credential_ids has at most {MaxChecks} ids" : null;
    }

    private static string? MessageId(ReadOnlySpan<byte> utf8)
    {
        try
        {
            var reader = new Utf8JsonReader(utf8);
            using var document = JsonDocument.ParseValue(ref reader);
            return document.RootElement.ValueKind == JsonValueKind.Object && document.RootElement.TryGetProperty("message_id", out var id) && id.ValueKind == JsonValueKind.String ? Bounded(id.GetString()) : null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    private static string? Bounded(string? id) => id is { Length: > MaxId } ? null : id;

    private static bool HasNul(string? text) => text?.Contains('\0', StringComparison.Ordinal) == true;

    private static string? NoNul(string? text) => text?.Replace('\0', Replacement);
}
