using System.CommandLine;
using Mover.Cli.Frame;
using Mover.Cli.Host;
using Mover.Volumes;
using Spectre.Console;

namespace Mover.Cli.Demo;

/// <summary><c>mover demo</c>: the main job, whole, on this machine. Exit code 0 only when everything it claims is true.</summary>
internal sealed class DemoCommand(Terminal terminal)
{
    public static Command Create(Terminal terminal)
    {
        var keep = new Option<bool>("--keep") { Description = "Leave it running until Ctrl-C, and print how to reach it." };
        var regions = new Option<bool>("--regions")
        {
            Description = "Show two regions: kill the one that serves in the middle of a migration, take over, and go back.",
        };
        var command = new Command(
            "demo",
            "Bring up a control plane, an agent and a Blob service, migrate sample files, change them, migrate again, and prove it.")
        {
            keep, regions,
        };
        command.SetAction((parsed, cancel) =>
            new DemoCommand(terminal).RunAsync(parsed.GetValue(keep), parsed.GetValue(regions), cancel));
        return command;
    }

    private async Task<int> RunAsync(bool keep, bool regions, CancellationToken cancel)
    {
        // What a demo left that was killed with its leash is removed by the next one.
        using var folder = SpillFolder.Create(Path.Combine(UserFolders.State(terminal, "XDG_STATE_HOME"), "demo"));
        using var leash = Leash.Of(folder.Path);
        await using var estate = new DemoEstate(folder.Path, terminal);
        var isProven = regions ? await new RegionsDemo(estate, terminal).ShowAsync(cancel) : await ShowAsync(estate, cancel);
        if (keep)
        {
            await StayAsync(estate, cancel);
        }

        return isProven ? ExitCodes.Ok : ExitCodes.Differs;
    }

    private async Task<bool> ShowAsync(DemoEstate estate, CancellationToken cancel)
    {
        var started = terminal.Clock.GetTimestamp();
        terminal.Talk.MarkupLine("[bold]Mover demo[/], with the commands that it runs; with --keep they can be pasted while it stays up");
        await StepAsync("A file server's export with difficult names", () => Task.Run(estate.Tree.Create, cancel));
        await StepAsync("A control plane", () => estate.StartServerAsync(cancel));
        await StepAsync("A Blob service", () => estate.StartBlobServiceAsync(cancel));
        await StepAsync("Resources: account, mover, endpoints, project, agent, job", () => estate.CreateResourcesAsync(cancel));
        await StepAsync("An agent", () => estate.StartAgentAsync(cancel));
        var run = new DemoRun(estate, terminal);
        var first = await StepAsync("The migration, and every byte read back", () => run.PassAsync(cancel));
        var before = await run.CountBlobsAsync(cancel);
        var changes = estate.Tree.Change();
        Done("One file is new, one changed, one has other permissions, one is gone, one is renamed");
        var second = await StepAsync("The migration again, and every byte read back", () => run.PassAsync(cancel));
        var deleted = before + changes.Created - await run.CountBlobsAsync(cancel);
        var claims = DemoSummary.Judge(first, changes, second, deleted);
        DemoSummary.Write(terminal, first, second, claims, terminal.Clock.GetElapsedTime(started));
        return claims.All(c => c.IsTrue);
    }

    private async Task StayAsync(DemoEstate estate, CancellationToken cancel)
    {
        terminal.Talk.MarkupLine("\nIt stays up until Ctrl-C. Reach it with:");
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

    private async Task StepAsync(string title, Func<Task> step)
    {
        await step();
        Done(title);
    }

    private async Task<T> StepAsync<T>(string title, Func<Task<T>> step)
    {
        var result = await step();
        Done(title);
        return result;
    }

    private void Done(string title) => terminal.Talk.MarkupLine($"  [green]✓[/] {title.EscapeMarkup()}");
}
