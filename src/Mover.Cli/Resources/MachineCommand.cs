using System.CommandLine;
using Mover.Cli.Frame;

namespace Mover.Cli.Resources;

/// <summary><c>mover machine</c>: the hosts of agents, and with them the agents' identities.</summary>
internal static class MachineCommand
{
    public static Command Create(Terminal terminal)
    {
        var verbs = new NounVerbs(Nouns.Machine, terminal);
        return new("machine", "Look at the hosts of agents, and delete those that are lost.")
        {
            verbs.Show(),
            verbs.List(groupIsOptional: true),
            verbs.Delete("delete", "Delete a machine with its identity; its agent can work no longer, and its name is free again."),
        };
    }
}
