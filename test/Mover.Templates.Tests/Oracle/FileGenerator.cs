using System.Globalization;
using System.Text;

namespace Mover.Templates.Tests.Oracle;

/// <summary>Random Bicep files: parameters, variables, functions, loops, conditions, children, modules and outputs.</summary>
internal sealed class FileGenerator(int seed)
{
    private const int OutputCount = 10;
    private const string Api = "2025-07-01";
    private static readonly string[] Kinds = [.. ExpressionGenerator.Types.Keys];
    private readonly Random _random = new(seed);

    /// <summary>Writes the files and answers the one with the parameters.</summary>
    public string Write(string folder)
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"f{seed}");
        File.WriteAllText(Path.Combine(folder, $"{name}-module.bicep"), Module());
        File.WriteAllText(Path.Combine(folder, $"{name}.bicep"), Main($"{name}-module.bicep"));
        var parameters = Path.Combine(folder, $"{name}.bicepparam");
        File.WriteAllText(parameters, $"using '{name}.bicep'\nparam count = {_random.Next(0, 4)}\n");
        return parameters;
    }

    private string Main(string module)
    {
        var make = new ExpressionGenerator(_random);
        var text = new StringBuilder("param count int\nparam prefix string = 'p${count}'\n");
        text.AppendLine("func twice(s string) string => '${s}${s}'");
        text.AppendLine("func plus(a int, b int) int => a + b");
        make.Declare("int", "count");
        make.Declare("string", "prefix");
        make.Declare("string", "twice(prefix)");
        make.Declare("int", "plus(count, 3)");
        for (var at = 0; at < 6; at++)
        {
            var kind = Kinds[at];
            text.AppendLine(CultureInfo.InvariantCulture, $"var v{at} = {make.Make(kind)}");
            make.Declare(kind, $"v{at}");
        }

        text.AppendLine(CultureInfo.InvariantCulture, $"var looped = [for i in range(0, {_random.Next(0, 4)}): {{ i: i, t: {make.Make("string", 2)} }}]");
        text.AppendLine(CultureInfo.InvariantCulture, $$"""
            resource mover 'Microsoft.StorageMover/storageMovers@{{Api}}' = {
              name: 'mover-${uniqueString(prefix)}'
              location: resourceGroup().location
              tags: { one: {{make.Make("string", 1)}}, two: string({{make.Make("int", 1)}}) }
              properties: { description: {{make.Make("string", 1)}} }
            }
            resource projects 'Microsoft.StorageMover/storageMovers/projects@{{Api}}' = [for i in range(0, count): {
              parent: mover
              name: 'project${i}'
              properties: { description: format('no {0}: {1}', i + 1, {{make.Make("int", 2)}}) }
            }]
            resource maybe 'Microsoft.StorageMover/storageMovers/projects@{{Api}}' = if ({{make.Make("bool", 1)}}) {
              parent: mover
              name: 'maybe'
              properties: { description: {{make.Make("string", 1)}} }
            }
            module inner './{{module}}' = [for (size, at) in [3, 1, 2]: {
              name: 'inner${at}'
              params: { size: size, label: {{make.Make("string", 2)}} }
            }]
            """);
        for (var at = 0; at < OutputCount; at++)
        {
            var kind = Kinds[_random.Next(Kinds.Length)];
            text.AppendLine(CultureInfo.InvariantCulture, $"output o{at} {ExpressionGenerator.Types[kind]} = {make.Make(kind)}");
        }

        text.AppendLine("output loop array = looped");
        text.AppendLine("output moverId string = mover.id");
        return text.ToString();
    }

    private string Module()
    {
        var make = new ExpressionGenerator(_random);
        make.Declare("string", "label");
        make.Declare("int", "size");
        return $$"""
            param size int
            param label string
            resource other 'Microsoft.StorageMover/storageMovers@{{Api}}' = {
              name: 'other-${size}'
              location: 'westus'
              tags: { label: {{make.Make("string", 1)}} }
              properties: {}
            }
            output made string = {{make.Make("string", 1)}}
            output twice int = size * 2
            """;
    }
}
