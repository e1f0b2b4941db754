using System.CommandLine;
using System.Text.Json.Nodes;
using Mover.Cli.Frame;
using Mover.Cli.Output;
using Mover.Recovery.Agents;

namespace Mover.Cli.Recovery;

/// <summary><c>mover recovery start</c>: jobs start after a look at what they need.</summary>
internal static class StartCommand
{
    private static readonly IReadOnlyList<Column> Columns = [new("Job", "job"), new("Result", "result"), new("Note", "note"),
        new("Run", "run")];

    public static Command Create(Terminal terminal)
    {
        var again = new Option<bool>("--again")
        {
            Description = "Also start jobs that have already run here, and mirrors that had succeeded before the snapshot.",
        };
        var check = new Option<bool>("--check") { Description = "Only show what would start and what blocks it." };
        var flags = new RecoveryFlags();
        var command = new Command(
            "start", "Start jobs whose agent is online and has its roles. "
                + "Jobs that are running or have run here are not started again. Exit code 8 "
                + "when jobs could not be started.")
        {
            again, check,
        };
        flags.AddEstateTo(command, withJobs: true);
        command.SetAction(async (parsed, cancel) =>
        {
            using var plane = flags.Open(parsed, terminal);
            var plan = flags.ReadPlan(parsed);
            var group = await flags.ReadGroupAsync(parsed, plane, plan, cancel);
            var estate = await JobEstate.ReadAsync(plane.Client, group, flags.Mover(parsed), cancel);
            var jobs = estate.Choose(flags.Projects(parsed), flags.Jobs(parsed));
            var onlyChecks = parsed.GetValue(check);
            var rights = await new Grants(plane.Client, group).FindAsync(estate, jobs, cancel);
            var mirrors = plan is null ? await HeldMirrors.OfGroupAsync(plane.Client, group, cancel) : HeldMirrors.Of(plan);
            var starts = new List<StartedJob>();
            try
            {
                await foreach (var start in new Starts(plane.Client, mirrors).RunAsync(
                    estate, jobs, rights, parsed.GetValue(again), onlyChecks, cancel))
                {
                    starts.Add(start);
                }
            }
            finally
            {
                // What was started before an interruption is told, too.
                new ResultWriter(terminal).WriteMany(flags.Output(parsed), [.. starts.Select(start => Row(start, onlyChecks))], Columns);
            }

            var blocked = starts.Count(start => start.Outcome == StartOutcome.Blocked);
            var held = starts.Count(start => start.Outcome == StartOutcome.Held);
            terminal.Error.WriteLine(
                $"{(onlyChecks ? "Would start" : "Started")} {starts.Count(start => start.Outcome == StartOutcome.Started)} of "
                    + $"{starts.Count} "
                    + $"jobs; {blocked} could not be started."
                    + (held == 0
                        ? string.Empty
                        : $" Mirrors that had succeeded before the snapshot were not started ({held}); see their notes."));
            return blocked == 0 ? ExitCodes.Ok : ExitCodes.NotReady;
        });
        return command;
    }

    private static JsonObject Row(StartedJob start, bool onlyChecks) => new()
    {
        ["job"] = start.Job,
        ["result"] = onlyChecks && start.Outcome == StartOutcome.Started ? "WouldStart" : start.Outcome.ToString(),
        ["note"] = string.Join(' ', start.Reasons),
        ["run"] = start.Run,
    };
}
