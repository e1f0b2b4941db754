using System.CommandLine;
using Mover.Agent;
using Mover.Cli.Connect;
using Mover.Cli.Frame;
using Mover.Core.Resources;

namespace Mover.Cli.Host;

/// <summary>
/// <c>mover agent unregister</c>: with a name, removes that agent and its machine, wherever its folder is; without one, removes
/// this machine's own agent and its key.
/// </summary>
internal static class AgentUnregisterCommand
{
    public static Command Create(Terminal terminal)
    {
        var connection = new ConnectionFlags(AgentRegisterCommand.ServerDataFlag);
        var data = AgentRegisterCommand.DataFlag();
        var group = new Option<string?>("--resource-group", "-g") { Description = "Name of the resource group; required with --name." };
        var mover = new Option<string?>("--storage-mover-name") { Description = "Name of the storage mover; required with --name." };
        var name = new Option<string?>("--name", "-n", "--agent-name")
        {
            Description = "Name of the agent; by default, this machine's agent.",
        };
        var yes = Prompts.YesFlag();
        var command = new Command("unregister", "Remove an agent; by default, this machine's agent.")
        {
            data, group, mover, name, yes,
        };
        connection.AddTo(command);
        command.SetAction(async (parsed, cancel) =>
        {
            if (parsed.GetValue(name) is { } agentName)
            {
                if (parsed.GetValue(group) is not { } groupName || parsed.GetValue(mover) is not { } moverName)
                {
                    throw CliException.Usage("--name requires --resource-group and --storage-mover-name.");
                }

                Prompts.Confirm(terminal, parsed.GetValue(yes), $"Unregister the agent '{agentName}'?");
                using var plane = connection.Open(parsed, terminal);
                var id = (await plane.GetGroupAsync(groupName, cancel)).Provider(ResourceTypes.StorageMover, moverName)
                    .Child(MoverAgent.Described, agentName);
                if (!await AgentRegistration.UnregisterAsync(plane.Client, id, cancel))
                {
                    terminal.Error.WriteLine($"Agent '{agentName}' does not exist.");
                }

                return ExitCodes.Ok;
            }

            var folder = AgentRegisterCommand.DataFolder(parsed, data, terminal);
            var own = AgentFolder.ReadRecord(folder);
            Prompts.Confirm(terminal, parsed.GetValue(yes), $"Unregister {own.AgentId} and delete its key?");
            var token = await connection.ResolveTokenAsync(parsed, terminal, [.. own.Addresses.Select(a => new Uri(a))], cancel);
            var record = await new AgentRegistration(terminal.Clock).UnregisterAsync(folder, token, cancel);
            terminal.Error.WriteLine($"Unregistered {record.AgentId}.");
            return ExitCodes.Ok;
        });
        return command;
    }
}
