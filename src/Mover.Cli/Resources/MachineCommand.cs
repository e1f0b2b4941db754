using System.CommandLine;
using Mover.Cli.Frame;

namespace Mover.Cli.Resources;

/// <summary><c>mover machine</c>: the hosts of agents, and with them the agents' identities.</summary>
internal static class MachineCommand
{
    public static Command Create(Terminal terminal)
    {
        var verbs = new NounVerbs(Nouns.Machine, terminal);
        return new("machine", "Show the hosts of agents, and delete lost ones.")
        {
            verbs.Show(),
            verbs.List(groupIsOptional: true),
            verbs.Delete("delete", "Delete a machine and its identity. Its agent stops working, and the name becomes available."),
        };
    }
}
