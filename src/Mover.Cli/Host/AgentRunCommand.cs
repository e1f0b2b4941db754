using System.CommandLine;
using Microsoft.Extensions.Hosting;
using Mover.Agent;
using Mover.Cli.Frame;

namespace Mover.Cli.Host;

/// <summary><c>mover agent run</c>: works until it is told to stop; runs that are under way go on at the next start.</summary>
internal static class AgentRunCommand
{
    public static Command Create(Terminal terminal)
    {
        var data = AgentRegisterCommand.DataFlag();
        var mounts = new Option<string[]>("--mount")
        {
            Description = "An export or share that this machine has mounted, as HOST:/EXPORT=/local/path or //HOST/SHARE=/local/path; "
                + "read there. May be repeated.",
            HelpName = "remote=local",
        };
        var runs = new Option<int?>("--runs-max") { Description = "Runs at once, 1 to 16; 4 when left out.", HelpName = "n" };
        var log = new LogFlags();
        var command = new Command("run", "Run this machine's agent. Prints 'ready NAME' when it works; stops cleanly on SIGTERM.")
        {
            data, mounts, runs,
        };
        log.AddTo(command);
        command.SetAction(async (parsed, cancel) =>
        {
            var options = new AgentOptions
            {
                DataFolder = AgentRegisterCommand.DataFolder(parsed, data, terminal),
                Mounts = parsed.GetValue(mounts) ?? [],
            };
            if (parsed.GetValue(runs) is { } max)
            {
                options = options with
                {
                    RunsMax = max is >= 1 and <= 16 ? max : throw CliException.Usage("--runs-max is between 1 and 16."),
                };
            }

            using var agent = AgentApp.Create(options, log.Read(parsed), terminal.Clock);
            await agent.StartAsync(cancel);
            var name = AgentFolder.ReadRecord(options.DataFolder).AgentId.Split('/')[^1];
            terminal.Out.WriteLine($"ready {name}");
            terminal.Out.Flush();
            ServiceManager.Ready(terminal, $"Agent {name} works");
            await agent.WaitForShutdownAsync(cancel);
            ServiceManager.Stopping(terminal);
            return ExitCodes.Ok;
        });
        return command;
    }
}
