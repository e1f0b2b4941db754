using System.CommandLine;
using Mover.Cli.Frame;
using Mover.Cli.Output;
using Mover.Core.Resources;

namespace Mover.Cli.Resources;

/// <summary><c>mover machine</c>: the hosts of agents, and with them the agents' identities.</summary>
internal static class MachineCommand
{
    public static readonly Noun Noun = new(
        "machine", ResourceTypes.Machine, [new("machines", "machine")],
        [
            Column.Name, new("Location", "location"), new("Host", "properties.machineFqdn"), new("PrincipalId", "identity.principalId"),
            new("VmId", "properties.vmId"),
        ]);

    public static Command Create(Terminal terminal)
    {
        var verbs = new NounVerbs(Noun, terminal);
        return new("machine", "Show the hosts of agents, and delete lost ones.")
        {
            verbs.Show(),
            verbs.List(groupIsOptional: true),
            verbs.Delete("delete", "Delete a machine and its identity. Its agent stops working, and the name becomes available."),
        };
    }
}
