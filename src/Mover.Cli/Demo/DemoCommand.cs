using System.CommandLine;
using Mover.Cli.Frame;
using Mover.Cli.Host;
using Mover.Volumes;
using Spectre.Console;

namespace Mover.Cli.Demo;

/// <summary><c>mover demo</c>: the main job, whole, on this machine. Exit code 0 only when everything it claims is true.</summary>
internal sealed class DemoCommand(Terminal terminal)
{
    private readonly Option<bool> _keep = new("--keep") { Description = "Keep everything running until Ctrl-C, "
        + "and print how to reach it." };
    private readonly Option<bool> _zones = new("--zones")
    {
        Description = "Demonstrate three zones with etcd: kill the leading zone in the middle of a migration, then bring it back.",
    };
    private readonly Option<bool> _regions = new("--regions")
    {
        Description = "Demonstrate two regions: kill the serving one in the middle of a migration, fail over, and fail back.",
    };
    private readonly Option<string?> _etcd = new("--etcd")
    {
        Description = "With --zones: the etcd program, 3.5.16 or newer; by default the one in artifacts/etcd or on the PATH "
            + "[env: MOVER_ETCD].",
        HelpName = "program",
    };

    public static Command Create(Terminal terminal)
    {
        var demo = new DemoCommand(terminal);
        var command = new Command(
            "demo",
            "Start a control plane, an agent and a Blob service, migrate sample files, change them, migrate again, and verify the result.")
        {
            demo._keep, demo._zones, demo._regions, demo._etcd,
        };
        command.SetAction((parsed, cancel) => demo.RunAsync(parsed, cancel));
        return command;
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancel)
    {
        var (zones, regions, named) = (parsed.GetValue(_zones), parsed.GetValue(_regions), parsed.GetValue(_etcd));
        if (zones && regions)
        {
            throw CliException.Usage("--zones and --regions cannot be combined.", "Use one of them.");
        }

        if (named is not null && !zones)
        {
            throw CliException.Usage("--etcd requires --zones; the other demos do not use etcd.");
        }

        var etcd = zones ? EtcdProgram.Find(named, [AppContext.BaseDirectory, Environment.CurrentDirectory], terminal) : string.Empty;

        // What a demo left that was killed with its leash is removed by the next one.
        using var folder = SpillFolder.Create(Path.Combine(UserFolders.State(terminal, "XDG_STATE_HOME"), "demo"));
        using var leash = Leash.Of(folder.Path);
        await using IDemo demo = zones ? new ZonesDemo(folder.Path, etcd, terminal)
            : regions ? new RegionsDemo(folder.Path, terminal)
            : new MigrationDemo(folder.Path, terminal);
        var isProven = await demo.ShowAsync(cancel);
        if (parsed.GetValue(_keep))
        {
            await StayAsync(demo.Estate, cancel);
        }

        return isProven ? ExitCodes.Ok : ExitCodes.Differs;
    }

    private async Task StayAsync(DemoEstate estate, CancellationToken cancel)
    {
        terminal.Talk.MarkupLine("\nIt keeps running until Ctrl-C. Reach it with:");
        terminal.Error.WriteLine($"  mover storage-mover list --data {estate.ServerFolder}");
        terminal.Error.WriteLine(
            "  mover job-run list -g demo --storage-mover-name demo-mover --project-name demo-project --job-definition-name filer-to-cloud"
            + $" --data {estate.ServerFolder}");
        terminal.Error.WriteLine(
            $"  curl --cacert {estate.ServerFolder}/tls/ca.pem -H \"Authorization: Bearer $(mover token --data {estate.ServerFolder})\""
            + $" '{estate.ServerUrl}/subscriptions?api-version=2022-12-01'");
        terminal.Error.WriteLine($"  source files: {estate.Tree.Root}");
        try
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, terminal.Clock, cancel);
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            // Ctrl-C is how a kept demo ends.
        }
    }
}
