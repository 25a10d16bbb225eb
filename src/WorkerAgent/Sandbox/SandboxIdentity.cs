using System.Globalization;

namespace Cavra.Actors.WorkerAgent.Sandbox;

/// <summary>The user database that a step sees: itself and root. The host's users are not its business.</summary>
internal static class SandboxIdentity
{
    /// <summary>Writes passwd and group under <paramref name="dataFolder"/>.</summary>
    /// <returns>The folder that holds both.</returns>
    internal static string Write(string dataFolder)
    {
        var folder = Path.Combine(dataFolder, "sandbox");
        Directory.CreateDirectory(folder);
        var user = BubblewrapArguments.InnerUser.ToString(CultureInfo.InvariantCulture);
        File.WriteAllText(
            Path.Combine(folder, "passwd"),
            $"root:x:0:0:root:/:/usr/sbin/nologin\ncavra:x:{user}:{user}:cavra step:/work:/bin/sh\nnobody:x:65534:65534:nobody:/:/usr/sbin/nologin\n");
        File.WriteAllText(Path.Combine(folder, "group"), $"root:x:0:\ncavra:x:{user}:\nnogroup:x:65534:\n");
        return folder;
    }
}
