using System.Net.NetworkInformation;
using System.Security.Cryptography;
using Mono.Cecil;

namespace Mover.Simulation;

/// <summary>
/// Makes a copy of this program in which the product draws ids and random numbers from <see cref="Lot"/>. Nothing else of it is changed.
/// </summary>
internal static class Weaver
{
    private static readonly string ScheduledRunName = $"{typeof(Server.JobRuns.ScheduledRunName).FullName}::{nameof(Server.JobRuns.ScheduledRunName.Of)}(";

    private static readonly string[] Product = ["Agent", "Client", "Core", "Files", "Server", "State", "Transfer", "Volumes"];

    /// <summary>Makes the copy in a folder, with a bug that is woven in if there is one, and answers the program there.</summary>
    public static string Weave(string folder, string plant)
    {
        var from = AppContext.BaseDirectory;
        var planted = 0;
        foreach (var file in Directory.EnumerateFiles(from))
        {
            var name = Path.GetFileName(file);
            if (IsProduct(name))
            {
                planted += Weave(file, Path.Combine(folder, name), from, plant);
            }
            else if (name.StartsWith("Mover.", StringComparison.Ordinal))
            {
                File.Copy(file, Path.Combine(folder, name));
            }
            else
            {
                File.CreateSymbolicLink(Path.Combine(folder, name), file);
            }
        }

        foreach (var below in Directory.EnumerateDirectories(from))
        {
            Directory.CreateSymbolicLink(Path.Combine(folder, Path.GetFileName(below)), below);
        }

        if (plant.Length > 0 && planted == 0)
        {
            throw new InvalidOperationException($"Nothing in the product is what '{plant}' takes the place of.");
        }

        return Path.Combine(folder, typeof(Weaver).Assembly.GetName().Name + ".dll");
    }

    private static bool IsProduct(string name) => Array.Exists(Product, one => name == $"Mover.{one}.dll");

    /// <summary>How many calls are planted bugs now.</summary>
    private static int Weave(string from, string to, string folder, string plant)
    {
        using var resolver = new DefaultAssemblyResolver();
        resolver.AddSearchDirectory(folder);
        using var assembly = AssemblyDefinition.ReadAssembly(from, new ReaderParameters { AssemblyResolver = resolver });
        var module = assembly.MainModule;
        var planted = 0;
        foreach (var method in AllTypes(module.Types).SelectMany(type => type.Methods).Where(method => method.HasBody))
        {
            foreach (var instruction in method.Body.Instructions)
            {
                if (instruction.Operand is MethodReference called && Replacement(called, plant) is { } lot)
                {
                    planted += lot.Name == nameof(Lot.NameOf) ? 1 : 0;
                    instruction.Operand = module.ImportReference(lot);
                }
            }
        }

        // Code that was compiled ahead of time would call what was there before: what is written is for any machine again.
        module.Attributes = ModuleAttributes.ILOnly;
        module.Architecture = TargetArchitecture.I386;
        assembly.Write(to);
        return planted;
    }

    private static IEnumerable<TypeDefinition> AllTypes(IEnumerable<TypeDefinition> types) =>
        types.SelectMany(type => AllTypes(type.NestedTypes).Prepend(type));

    private static System.Reflection.MethodInfo? Replacement(MethodReference called, string plant) => called.DeclaringType.FullName switch
    {
        "System.Guid" when called.Name == nameof(Guid.NewGuid) => typeof(Lot).GetMethod(nameof(Lot.NewGuid)),
        "System.Security.Cryptography.RandomNumberGenerator" => called.Name switch
        {
            nameof(RandomNumberGenerator.GetInt32) => typeof(Lot).GetMethod(
                nameof(Lot.GetInt32), [.. Enumerable.Repeat(typeof(int), called.Parameters.Count)]),
            nameof(RandomNumberGenerator.GetBytes) => typeof(Lot).GetMethod(nameof(Lot.GetBytes)),
            nameof(RandomNumberGenerator.GetHexString) => typeof(Lot).GetMethod(nameof(Lot.GetHexString)),
            nameof(RandomNumberGenerator.Fill) => typeof(Lot).GetMethod(nameof(Lot.Fill)),
            _ => throw new NotSupportedException($"The simulation has no {called.FullName}."),
        },

        // Looking at the host's interfaces takes a millisecond, and a beat does.
        "System.Net.NetworkInformation.NetworkInterface" when called.Name == nameof(NetworkInterface.GetAllNetworkInterfaces) =>
            typeof(Lot).GetMethod(nameof(Lot.GetAllNetworkInterfaces)),
        _ when plant == Plants.DueTwice && called.FullName.Contains(ScheduledRunName, StringComparison.Ordinal) =>
            typeof(Lot).GetMethod(nameof(Lot.NameOf)),
        _ => null,
    };
}
