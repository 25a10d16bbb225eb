namespace Cavra.Actors.Workers;

/// <summary>Whether two registrations say the same, so that reconnecting workers cost no write.</summary>
internal static class RegistrationComparison
{
    public static bool Same(AgentRegistration a, AgentRegistration b) =>
        a.CertificateKey == b.CertificateKey
        && a.NetworkSegment == b.NetworkSegment
        && a.MaxConcurrency == b.MaxConcurrency
        && a.Version == b.Version
        && a.InProcess == b.InProcess
        && a.Capabilities.AsSpan().SequenceEqual(b.Capabilities.AsSpan())
        && a.Environments.AsSpan().SequenceEqual(b.Environments.AsSpan())
        && a.Sandbox.AsSpan().SequenceEqual(b.Sandbox.AsSpan())
        && a.Tenants.AsSpan().SequenceEqual(b.Tenants.AsSpan())
        && a.Labels.Count == b.Labels.Count
        && a.Labels.All(label => b.Labels.TryGetValue(label.Key, out var value) && value == label.Value);
}
