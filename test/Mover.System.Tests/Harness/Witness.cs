using System.Text.Json.Nodes;
using Mover.Testing;

namespace Mover.SystemTests.Harness;

/// <summary>Programs that know nothing of Mover and say what they find.</summary>
internal static class Witness
{
    /// <summary>Compares a source folder with the container below a prefix, byte for byte, with Microsoft's storage SDK.</summary>
    public static async Task<JsonNode> CompareAsync(string source, string containerUrl, string prefix = "", string? caFile = null)
    {
        var (exitCode, output) = await RunAsync(
            "compare.mjs",
            [source, containerUrl, .. prefix.Length == 0 ? Array.Empty<string>() : [prefix]],
            new Dictionary<string, string>(StringComparer.Ordinal)
            {
                ["MOVER_SAS"] = Azurite.AccountSas(), ["NODE_EXTRA_CA_CERTS"] = caFile ?? string.Empty,
            });
        Assert.True(exitCode == 0, output);
        return JsonNode.Parse(output)!;
    }

    /// <summary>Runs a script of test/witness with node.</summary>
    public static Task<(int ExitCode, string Output)> RunAsync(
        string script, IEnumerable<string> arguments, IReadOnlyDictionary<string, string> environment)
    {
        var all = new Dictionary<string, string>(environment, StringComparer.Ordinal)
        {
            ["MOVER_NODE_MODULES"] = Requirement.Value("MOVER_NODE_MODULES"),
        };
        return ChildProcess.RunAsync("node", [Path.Combine(AppContext.BaseDirectory, "witness", script), .. arguments], all);
    }
}
