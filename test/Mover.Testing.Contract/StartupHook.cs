using Mover.Testing;

#pragma warning disable CA1050, MA0047 // The .NET host looks for this name outside of any namespace.

/// <summary>What the .NET host runs before a program's own code when <c>DOTNET_STARTUP_HOOKS</c> names this assembly.</summary>
internal static class StartupHook
{
    /// <summary>Watches the web servers that the program will start.</summary>
    public static void Initialize()
    {
        var folder = Environment.GetEnvironmentVariable(ContractFolder.Variable)
            ?? throw new InvalidOperationException($"{ContractFolder.Variable} does not say where to write what is found.");
        ContractWatch.OverThisProcess(folder);
    }
}
