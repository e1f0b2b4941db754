using System.Globalization;
using Mover.Cli.Frame;
using Spectre.Console;

namespace Mover.Cli.Demo;

/// <summary>What a person reads of a demo: steps that are done, and at the end what was claimed and whether it is true.</summary>
internal sealed class DemoPage(Terminal terminal)
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan WaitMax = TimeSpan.FromMinutes(1);

    private readonly long _started = terminal.Clock.GetTimestamp();

    /// <summary>A step is done.</summary>
    public void Done(string title) => terminal.Talk.MarkupLine($"  [green]✓[/] {title.EscapeMarkup()}");

    /// <summary>What a command said, below it.</summary>
    public void Tell(string said)
    {
        foreach (var line in said.TrimEnd().Split('\n'))
        {
            terminal.Error.WriteLine($"        {line}");
        }
    }

    /// <summary>Waits until something is so; ends the demo when it is not in time.</summary>
    public async Task UntilAsync(Func<Task<bool>> isSo, string what, CancellationToken cancel)
    {
        var begun = terminal.Clock.GetTimestamp();
        while (!await isSo())
        {
            if (terminal.Clock.GetElapsedTime(begun) > WaitMax)
            {
                throw new CliException(ExitCodes.Failed, "DemoTimeout", $"Timed out after {WaitMax.TotalSeconds} s waiting until {what}.");
            }

            await Task.Delay(Look, terminal.Clock, cancel);
        }
    }

    /// <summary>Writes claims and a verdict; true when every claim is.</summary>
    /// <param name="claims">Everything that has to be true for exit code 0; each with a sentence.</param>
    /// <param name="verdict">What they are together.</param>
    /// <param name="story">What it was about.</param>
    public bool Judge(IReadOnlyList<(bool IsTrue, string Claim)> claims, string verdict, string story)
    {
        var console = terminal.ResultsConsole;
        foreach (var (isTrue, claim) in claims)
        {
            console.MarkupLine(isTrue ? $"  [green]✓[/] {claim.EscapeMarkup()}" : $"  [red]✗ not true:[/] {claim.EscapeMarkup()}");
        }

        var isProven = claims.All(one => one.IsTrue);
        var seconds = terminal.Clock.GetElapsedTime(_started).TotalSeconds.ToString("F1", CultureInfo.InvariantCulture);
        console.MarkupLine(
            $"\n{(isProven ? $"[bold green]{verdict}[/]" : "[bold red]Something went wrong[/]")} in {seconds} s{story}.");
        return isProven;
    }
}
