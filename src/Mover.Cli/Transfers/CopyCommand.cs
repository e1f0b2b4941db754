using System.CommandLine;
using Microsoft.Extensions.Logging;
using Mover.Cli.Frame;
using Mover.Cli.Host;
using Mover.Cli.Output;
using Mover.Cli.Progress;
using Mover.Transfer;
using Mover.Volumes.Local;

namespace Mover.Cli.Transfers;

/// <summary><c>mover copy SRC DST</c>: the engine alone, without a control plane.</summary>
internal sealed class CopyCommand
{
    private readonly Terminal _terminal;
    private readonly TransferEnds _ends = new();
    private readonly TransferFlags _flags = new();
    private readonly LogFlags _log = new(LogLevel.None);
    private readonly Option<bool> _resume = new("--resume")
    {
        Description = "Resume the last run between this source and target, if it was stopped.",
    };
    private readonly Option<bool> _createContainer = new("--create-container")
    {
        Description = "Create the target container if missing; requires the account's key or a SAS that allows it.",
    };
    private readonly Option<bool> _yes = Prompts.YesFlag();
    private readonly Option<string> _output = ResultWriter.CreateFlag();

    private CopyCommand(Terminal terminal) => _terminal = terminal;

    public static Command Create(Terminal terminal)
    {
        var copy = new CopyCommand(terminal);
        var command = new Command(
            "copy",
            "Copy or mirror files without a control plane. Exit code 6 when items failed, 9 when the target does not support some.");
        copy._ends.AddTo(command);
        copy._flags.AddTo(command);
        foreach (var option in new Option[] { copy._resume, copy._createContainer, copy._yes, copy._output })
        {
            command.Add(option);
        }

        copy._log.AddTo(command);
        command.SetAction(copy.RunAsync);
        return command;
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancel)
    {
        var options = _flags.Read(parsed);
        using var log = _log.CreateFactory(parsed);
        await using var source = await _ends.OpenSourceAsync(parsed, _terminal, cancel);
        var use = parsed.GetValue(_createContainer) ? EndUse.Made : EndUse.Written;
        await using var target = await _ends.OpenTargetAsync(parsed, _terminal, use, cancel);
        if (options.Mode == CopyMode.Mirror)
        {
            Prompts.Confirm(
                _terminal, parsed.GetValue(_yes),
                $"Mirror deletes from {target.Traits.DisplayName} what {source.Traits.DisplayName} does not have. Continue?");
        }

        var state = _ends.State.Open(parsed, _terminal);
        var folders = new RunFolders(
            state, source.Traits.DisplayName, target.Traits.DisplayName);
        var lastRun = RunSize.Of(folders.FindLastCounters());
        var folder = ChooseFolder(folders, parsed.GetValue(_resume));
        var failures = new FailureList(_terminal);
        var told = options with
        {
            ItemDone = failures.Note, Notice = failures.Say, StatePlace = LocalVolume.PlaceOf(state), GuardMarkPath = folders.GuardMarkPath,
        };
        var run = new TransferRun(
            source, target, told, folder, _terminal.Clock,
            log.CreateLogger<TransferRun>());
        var started = _terminal.Clock.GetTimestamp();
        var summary = await TransferWatch.FollowAsync(run, lastRun, failures, _terminal, cancel);
        var elapsed = _terminal.Clock.GetElapsedTime(started);
        if (summary.LedgerPath is not null)
        {
            folders.End(folder);
        }

        else if (summary.Outcome == RunOutcome.Canceled)
        {
            _terminal.Error.WriteLine("mover: stopped; copied items stay. To continue, run the same command with --resume.");
        }

        CopyReport.Write(_terminal, parsed.GetRequiredValue(_output), summary, elapsed);
        return ExitCodeOf(summary);
    }

    private string ChooseFolder(RunFolders folders, bool resume)
    {
        var unended = folders.FindUnended();
        if (unended is not null && resume)
        {
            return unended;
        }

        if (unended is not null)
        {
            _terminal.Error.WriteLine("mover: an earlier run between these two was stopped; starting over. To continue it, use --resume.");
        }

        return folders.Create(_terminal.Clock.GetUtcNow());
    }

    private static int ExitCodeOf(TransferSummary summary) => summary switch
    {
        { Outcome: RunOutcome.Canceled } => ExitCodes.Canceled,
        _ => VerdictCodes.Of(TransferVerdict.Of(summary)),
    };
}
