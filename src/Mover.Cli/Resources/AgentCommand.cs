using System.CommandLine;
using Mover.Cli.Doctor;
using Mover.Cli.Frame;
using Mover.Cli.Host;
using Mover.Cli.Output;
using Mover.Core.Resources;

namespace Mover.Cli.Resources;

/// <summary><c>mover agent</c>: agents as the control plane knows them, and the agent of this machine.</summary>
internal static class AgentCommand
{
    public static readonly Noun Noun = Noun.Of(
        MoverAgent.Described,
        [
            Column.Name, new("Status", "properties.agentStatus"), new("Version", "properties.agentVersion"),
            new("Address", "properties.localIPAddress"),
            new("Cores", "properties.numberOfCores"), new("MemoryMB", "properties.memoryInMB"),
            new("LastSeen", "properties.lastStatusUpdate"),
        ]);

    public static Command Create(Terminal terminal)
    {
        var verbs = new NounVerbs(Noun, terminal);
        return new("agent", "Run an agent on this machine, and manage agents.")
        {
            AgentRegisterCommand.Create(terminal),
            AgentRunCommand.Create(terminal),
            AgentStatusCommand.Create(terminal),
            AgentDoctorCommand.Create(terminal),
            AgentUnregisterCommand.Create(terminal),
            verbs.Show(),
            verbs.List(),
            verbs.Wait(),
            verbs.Update("update", "Change an agent's description or upload limits.",
                [
                    BodyFlag.Text("--description", "properties.description", "A description."),
                    BodyFlag.Json("--upload-limit-schedule", "properties.uploadLimitSchedule", "Upload limits by day and hour."),
                ]),
        };
    }
}
