using System.CommandLine;
using System.Text.Json.Nodes;
using Mover.Cli.Frame;
using Mover.Cli.Output;
using Mover.Recovery.Agents;

namespace Mover.Cli.Recovery;

/// <summary><c>mover recovery assign</c>: job definitions get agents.</summary>
internal static class AssignCommand
{
    private static readonly IReadOnlyList<Column> Columns = [new("Job", "job"), new("Before", "before"), new("Agent", "agent"),
        new("Refused", "refused")];

    public static Command Create(Terminal terminal)
    {
        var agent = new Option<string?>("--agent-name") { Description = "Assign this agent to every job.", HelpName = "name" };
        var map = new Option<string[]>("--map")
        {
            Description = "OLD=NEW: assign the new agent to the jobs of the old one. Repeatable.", HelpName = "old=new",
        };
        var spread = new Option<bool>("--spread") { Description = "Spread the jobs evenly over the online agents." };
        var again = new Option<bool>("--reassign") { Description = "Also reassign jobs whose agent is online." };
        var flags = new RecoveryFlags();
        var command = new Command("assign", "Assign online agents to job definitions.") { agent, map, spread, again };
        flags.AddEstateTo(command, withJobs: true);
        command.SetAction(async (parsed, cancel) =>
        {
            var maps = (parsed.GetValue(map) ?? []).Select(text => text.Split('=', 2)).ToList();
            var ways = (parsed.GetValue(agent) is null ? 0 : 1) + (maps.Count == 0 ? 0 : 1) + (parsed.GetValue(spread) ? 1 : 0);
            if (ways != 1 || maps.Exists(pair => pair.Length != 2 || pair[0].Length == 0 || pair[1].Length == 0))
            {
                throw CliException.Usage("Specify exactly one way to assign agents.",
                    "Use --agent-name NAME, --map OLD=NEW (repeatable), or --spread.");
            }

            using var plane = flags.Open(parsed, terminal);
            var plan = flags.ReadPlan(parsed);
            var group = await flags.ReadGroupAsync(parsed, plane, plan, cancel);
            var wish = new AssignmentWish(
                parsed.GetValue(agent), maps.ToDictionary(pair => pair[0], pair => pair[1], StringComparer.OrdinalIgnoreCase),
                parsed.GetValue(spread), parsed.GetValue(again));
            var estate = await JobEstate.ReadAsync(plane.Client, group, flags.Mover(parsed), cancel);
            var assignments = Assignments.Decide(
                estate, estate.Choose(flags.Projects(parsed), flags.Jobs(parsed)), wish, plan?.FormerAgents ?? []);
            var applied = await new Assignments(plane.Client).ApplyAsync(assignments, cancel);
            new ResultWriter(terminal).WriteMany(flags.Output(parsed), [.. applied.Select(Row)], Columns);
            var refused = applied.Count(one => one.Refused is not null);
            terminal.Error.WriteLine(
                $"Assigned {applied.Count(one => one.Changes) - refused} jobs, {applied.Count(one => !one.Changes)} were already assigned, "
                    + $"{refused} were refused. "
                    + (refused == 0 ? "Next: mover recovery grant." : "Fix the cause and run this command again."));
            return refused == 0 ? ExitCodes.Ok : ExitCodes.Refused;
        });
        return command;
    }

    private static JsonObject Row(Assignment one) => new()
    {
        ["job"] = one.Job.Name, ["before"] = one.Before, ["agent"] = one.Refused is null ? one.After : one.Before,
        ["refused"] = one.Refused,
    };
}
