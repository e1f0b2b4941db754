using System.Diagnostics;
using Mover.Server.Access;
using Mover.Testing;

namespace Mover.Server.Tests;

/// <summary>Microsoft's own client, unmodified, drives the control plane.</summary>
public sealed class ArmClientTests
{
    [RequiresFact("MOVER_NODE_MODULES")]
    public async Task The_npm_client_creates_starts_polls_stops_lists_and_deletes()
    {
        await using var server = await TestServer.StartAsync();
        var start = new ProcessStartInfo("node") { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
        start.ArgumentList.Add(Script());
        start.ArgumentList.Add(server.Url.TrimEnd('/'));
        start.ArgumentList.Add(server.Subscription);
        start.Environment["MOVER_NODE_MODULES"] = Requirement.Value("MOVER_NODE_MODULES");
        start.Environment["MOVER_TOKEN"] = AdministratorToken.Create(server.Folder, TimeProvider.System).Reveal();
        start.Environment["NODE_EXTRA_CA_CERTS"] = Path.Combine(server.Folder, "tls", "ca.pem");

        using var node = Process.Start(start)!;
        var talk = node.StandardError.ReadToEndAsync();
        var result = await node.StandardOutput.ReadToEndAsync();
        await node.WaitForExitAsync();

        Assert.True(node.ExitCode == 0, await talk + result);
        Assert.Contains("\"status\":\"Canceled\"", result, StringComparison.Ordinal);
    }

    private static string Script()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Mover.slnx")))
        {
            folder = folder.Parent!;
        }

        return Path.Combine(folder.FullName, "test", "witness", "arm-storagemover.mjs");
    }
}
