using System.CommandLine;
using Mover.Cli.Connect;
using Mover.Cli.Frame;
using Mover.Cli.Host;

namespace Mover.Cli.Recovery;

/// <summary>
/// <c>mover recovery run</c>: plan, deploy, assign, grant and start in one. It stops where a person must decide, says why, and goes on
/// with the same command.
/// </summary>
internal static class RunRecoveryCommand
{
    /// <summary>The plan's file when none is named.</summary>
    public const string PlanFileDefault = "plan.json";

    public static Command Create(Terminal terminal)
    {
        var wish = new PlanFlags();
        var file = new Option<string>("--plan")
        {
            Description = "The plan file; created if missing, and made again while something blocks it.", HelpName = "file",
            DefaultValueFactory = _ => PlanFileDefault,
        };
        var yes = new Option<bool>("--yes") { Description = "Deploy the plan, after you have reviewed it." };
        var connection = new ConnectionFlags();
        var command = new Command(
            "run", "Recover in one command: plan, deploy, assign, grant, start. Stops where you must decide (exit code 8), names the next "
                + "command, and continues when run again.")
        {
            file, yes,
        };
        wish.AddTo(command);
        connection.AddTo(command);
        command.SetAction(async (parsed, cancel) =>
        {
            var settings = connection.Resolve(parsed, terminal);
            using var plane = ConnectionFlags.Open(settings, terminal);
            var line = new RunLine(parsed, wish, connection, parsed.GetRequiredValue(file));
            var register = connection.RepeatedElsewhere(parsed, terminal, settings, AgentRegisterCommand.ServerDataFlag);
            var run = new RecoveryRun(plane, line, register, terminal);
            return await run.PlanAsync(parsed, wish, cancel) is not { } plan ? ExitCodes.NotReady
                : parsed.GetValue(yes) ? await run.GoOnAsync(parsed, wish, plan, cancel)
                : run.WaitForReview(plan);
        });
        return command;
    }
}
