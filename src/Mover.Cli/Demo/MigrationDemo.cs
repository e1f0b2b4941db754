using Mover.Cli.Frame;
using Spectre.Console;

namespace Mover.Cli.Demo;

/// <summary><c>mover demo</c> without a flag: a migration, changes at the source, the migration again.</summary>
internal sealed class MigrationDemo(string folder, Terminal terminal) : IDemo
{
    private readonly DemoPage _page = new(terminal);

    public DemoEstate Estate { get; } = new(folder, terminal);

    /// <inheritdoc/>
    public async Task<bool> ShowAsync(CancellationToken cancel)
    {
        terminal.Talk.MarkupLine("[bold]Mover demo[/], with the commands that it runs; "
            + "with --keep you can paste them while it keeps running");
        await StepAsync("A file server's export with difficult names", () => Task.Run(Estate.Tree.Create, cancel));
        await StepAsync("A control plane", () => Estate.StartServerAsync(cancel));
        await StepAsync("A Blob service", () => Estate.StartBlobServiceAsync(cancel));
        await StepAsync("Resources: account, mover, endpoints, project, agent, job", () => Estate.CreateResourcesAsync(cancel));
        await StepAsync("An agent", () => Estate.StartAgentAsync(cancel));
        var run = new DemoRun(Estate, terminal);
        var first = await StepAsync("The migration, and every byte read back", () => run.PassAsync(cancel));
        var before = await run.CountBlobsAsync(cancel);
        var changes = Estate.Tree.Change();
        _page.Done("One file added, one changed, one with new permissions, one deleted, one renamed");
        var second = await StepAsync("The migration again, and every byte read back", () => run.PassAsync(cancel));
        var deleted = before + changes.Created - await run.CountBlobsAsync(cancel);
        var claims = DemoSummary.Judge(first, changes, second, deleted);
        DemoSummary.Write(terminal, first, second);
        return _page.Judge(claims, "Migrated and proven", string.Empty);
    }

    public ValueTask DisposeAsync() => Estate.DisposeAsync();

    private async Task StepAsync(string title, Func<Task> step)
    {
        await step();
        _page.Done(title);
    }

    private async Task<T> StepAsync<T>(string title, Func<Task<T>> step)
    {
        var result = await step();
        _page.Done(title);
        return result;
    }
}
