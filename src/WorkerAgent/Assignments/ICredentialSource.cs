using System.Collections.Immutable;
using Cavra.Actors.Sessions;
using Cavra.Actors.WorkerAgent.Sandbox;

namespace Cavra.Actors.WorkerAgent.Assignments;

/// <summary>Secrets leased for one step.</summary>
internal sealed record LeasedCredentials(
    ImmutableArray<CredentialFile> Files, ImmutableDictionary<string, string> Environment, ImmutableArray<string> Secrets, string? Refusal)
{
    internal static LeasedCredentials None { get; } = new([], ImmutableDictionary<string, string>.Empty, [], null);

    /// <summary>Leaves the secrets out.</summary>
    public override string ToString() => $"{nameof(LeasedCredentials)} {{ {Files.Length} }}";
}

/// <summary>Where a step's credentials come from (spec 5.3).</summary>
internal interface ICredentialSource
{
    Task<LeasedCredentials> Lease(ImmutableArray<CredentialUse> uses, CancellationToken cancel);
}

/// <summary>No store is connected: a step that needs a credential does not run.</summary>
internal sealed class NoCredentialSource : ICredentialSource
{
    /// <inheritdoc/>
    public Task<LeasedCredentials> Lease(ImmutableArray<CredentialUse> uses, CancellationToken cancel) =>
        Task.FromResult(uses.IsDefaultOrEmpty
            ? LeasedCredentials.None
            : LeasedCredentials.None with { Refusal = $"this worker has no credential store; the step needs {string.Join(", ", uses.Select(use => use.Id))}" });
}
