using Mover.Core.Regions;
using Mover.Templates.Evaluation;
using Mover.Templates.Expressions;
using Mover.Templates.Tests.Cases;
using Mover.Templates.Values;

namespace Mover.Templates.Tests.Functions;

/// <summary>
/// Expressions with their values, for functions that no template case uses. They are outputs of a template with the parameter <c>fresh</c>,
/// a new GUID, and the resource <c>mover</c>.
/// </summary>
internal static class FunctionExamples
{
    private const string Provider =
        "{'namespace':'Microsoft.Here','resourceTypes':[{'resourceType':'things','locations':[],'apiVersions':['2025-01-01']}]}";

    /// <summary>Those that say the same wherever they are evaluated; Microsoft's engine is asked too.</summary>
    public static IReadOnlyDictionary<string, string> Everywhere { get; } = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["bool('true')"] = "true",
        ["bool(0)"] = "false",
        ["buildUri(createObject('scheme', 'https', 'host', 'example.com', 'port', 8080, 'path', 'a/b', 'query', 'x=1'))"] =
            "'https://example.com:8080/a/b?x=1'",
        ["buildUri(parseUri('https://example.com/a?x=1'))"] = "'https://example.com/a?x=1'",
        ["dataUriToString('data:;base64,SGVsbG8sIFdvcmxkIQ==')"] = "'Hello, World!'",
        ["extensionResourceId(resourceId('Microsoft.StorageMover/storageMovers', 'm1'), 'Microsoft.Authorization/locks', 'l1')"] =
            "'{rg}/providers/Microsoft.StorageMover/storageMovers/m1/providers/Microsoft.Authorization/locks/l1'",
        ["equals(float('1.5'), json('1.5'))"] = "true",
        ["greaterOrEquals(1, 2)"] = "false",
        ["groupBy(createArray('foo', 'bar', 'baz'), lambda('x', substring(lambdaVariables('x'), 0, 1)))"] =
            "{'f':['foo'],'b':['bar','baz']}",
        ["join(createArray('one', 'two', 'three'), ';')"] = "'one;two;three'",
        ["last(createArray('one', 'two', 'three'))"] = "'three'",
        ["last('One Two Three')"] = "'e'",
        ["managementGroupResourceId('mg1', 'Microsoft.Authorization/policyDefinitions', 'p1')"] =
            "'/providers/Microsoft.Management/managementGroups/mg1/providers/Microsoft.Authorization/policyDefinitions/p1'",
        ["objectKeys(createObject('b', 1, 'a', 2))"] = "['a','b']",
        ["reduce(createArray(5, 3, 2, 2), 0, lambda('cur', 'next', add(lambdaVariables('cur'), lambdaVariables('next'))))"] = "12",
        ["resourceInfo('mover').id"] = "'{rg}/providers/Microsoft.StorageMover/storageMovers/m1'",
        ["resourceInfo('mover').name"] = "'m1'",
        ["resourceInfo('mover').type"] = "'Microsoft.StorageMover/storageMovers'",
        ["resourceInfo('mover').apiVersion"] = "'2025-07-01'",
        ["sort(createArray(8, 3, 10, -13, 5), lambda('x', 'y', less(lambdaVariables('x'), lambdaVariables('y'))))"] = "[-13,3,5,8,10]",
        ["startsWith('abcdef', 'A')"] = "true",
        ["startsWith('abcdef', 'e')"] = "false",
        ["toObject(createArray('a', 'b'), lambda('k', concat('key-', lambdaVariables('k'))), lambda('v', toUpper(lambdaVariables('v'))))"] =
            "{'key-a':'A','key-b':'B'}",
        ["uriComponent('http://contoso.com/a b')"] = "'http%3A%2F%2Fcontoso.com%2Fa%20b'",
        ["uriComponentToString('http%3A%2F%2Fcontoso.com%2Fa%20b')"] = "'http://contoso.com/a b'",
    };

    /// <summary>Those whose value hangs on the cloud, the deployment or its resources.</summary>
    public static IReadOnlyDictionary<string, string> Here { get; } = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["deployer().objectId"] = "'33333333-0000-0000-0000-000000000000'",
        ["environment().suffixes.storage"] = "'core.windows.net'",
        // Microsoft's engine is started without the tables of languages, which this needs.
        ["greaterOrEquals('A', 'a')"] = "true",
        ["listSettings('mover', '2025-07-01', createObject('of', 'x')).asked"] = "'listSettings 2025-07-01 {\"of\":\"x\"}'",
        ["parameters('fresh')"] = "'00000000-0000-0000-0000-000000000000'",
        ["pickZones('Microsoft.Compute', 'virtualMachines', 'westus2')"] = "['1']",
        ["pickZones('Microsoft.Compute', 'virtualMachines', 'West US 2', 3)"] = "['1','2','3']",
        ["pickZones('Microsoft.Compute', 'virtualMachines', 'westus2', 2, 1)"] = "['2','3']",
        ["pickZones('Microsoft.Compute', 'virtualMachines', 'northcentralus')"] = "[]",
        ["pickZones('Microsoft.Cdn', 'profiles', 'westus2')"] = "[]",
        ["providers('microsoft.here').resourceTypes[0].resourceType"] = "'things'",
        ["providers('Microsoft.Here', 'Things').apiVersions[0]"] = "'2025-01-01'",
        ["roleDefinitions('reader').id"] = "'{sub}/providers/Microsoft.Authorization/roleDefinitions/acdd72a7-3385-48ef-bd42-f606fba81ae7'",
        ["roleDefinitions('Reader').roleDefinitionId"] = "'acdd72a7-3385-48ef-bd42-f606fba81ae7'",
        ["tenant()"] = "{'countryCode':'','displayName':'Mover','id':'/tenants/{tenant}','tenantId':'{tenant}'}",
        ["toLogicalZone(subscription().subscriptionId, 'westus2', 'westus2-az2')"] = "'2'",
        ["toLogicalZone(subscription().subscriptionId, 'westus2', 'eastus-az2')"] = "''",
        ["toLogicalZones(subscription().subscriptionId, 'westus2', createArray('westus2-az3', 'none'))"] = "['3','']",
        ["toPhysicalZone(subscription().subscriptionId, 'West US 2', '1')"] = "'westus2-az1'",
        ["toPhysicalZone(subscription().subscriptionId, 'northcentralus', '1')"] = "''",
        ["toPhysicalZones(subscription().subscriptionId, 'westus2', createArray('2', '1'))"] = "['westus2-az2','westus2-az1']",
    };

    /// <summary>Those that are refused, with a part of why.</summary>
    public static IReadOnlyDictionary<string, string> Refused { get; } = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["fail('out of pears')"] = "out of pears",
        ["managementGroup()"] = "The template function 'managementGroup' is not expected at this location",
        ["pickZones('Microsoft.Compute', 'virtualMachines', 'westus2', 3, 1)"] = "exceed the '3' zones of 'westus2'",
        ["pickZones('Microsoft.Compute', 'virtualMachines', 'westus2', 4)"] = "1 to 3 zones",
        ["providers('Microsoft.Nowhere')"] = "The resource namespace 'Microsoft.Nowhere' is invalid.",
        ["providers('Microsoft.Here', 'none')"] = "The resource type 'none' could not be found in the namespace 'Microsoft.Here'.",
        ["roleDefinitions('Gardener')"] = "The role definition 'Gardener' could not be found.",
        ["toLogicalZone('22222222-2222-3333-4444-555555555555', 'westus2', 'westus2-az2')"] = "could not be found",
        ["toPhysicalZone(subscription().subscriptionId, 'atlantis', '1')"] = "The location 'atlantis' is not known.",
        ["toPhysicalZones(subscription().subscriptionId, 'westus2', createArray(1))"] = "must be of type 'String'",
    };

    /// <summary>A cloud with one provider, the built-in role Reader and Azure's regions.</summary>
    public static DeploymentContext Context { get; } = TemplateCase.Context with
    {
        Deployer = Object("{'objectId':'33333333-0000-0000-0000-000000000000'}"),
        Environment = Object("{'suffixes':{'storage':'core.windows.net'}}"),
        Cloud = new()
        {
            Regions = RegionCatalogue.Azure,
            Provider = name => name.Equals("Microsoft.Here", StringComparison.OrdinalIgnoreCase)
                ? Object(Provider)
                : null,
            Role = name => name.Equals("Reader", StringComparison.OrdinalIgnoreCase) ? "acdd72a7-3385-48ef-bd42-f606fba81ae7" : null,
        },
    };

    /// <summary>The template with these expressions as outputs <c>o0</c>, <c>o1</c> and so on, each in a list of its own.</summary>
    public static string Template(IEnumerable<string> expressions, string variables = "") => $$"""
        {
          "$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
          "contentVersion": "1.0.0.0", "languageVersion": "2.0",
          "variables": { {{variables}} },
          "parameters": { "fresh": { "type": "string", "defaultValue": "[newGuid()]" } },
          "resources": { "mover": {
            "type": "Microsoft.StorageMover/storageMovers", "apiVersion": "2025-07-01", "name": "m1", "location": "westus", "properties": {}
          } },
          "outputs": { {{string.Join(',', expressions.Select((one, at) =>
              $"\"o{at}\": {{ \"type\": \"array\", \"value\": \"[createArray({one})]\" }}"))}} }
        }
        """;

    /// <summary>The value that an example says, in a list of its own.</summary>
    public static TemplateValue Value(string written) => LenientJson.Parse($"[{written}]"
        .Replace("{rg}", TemplateCase.Context.Scope, StringComparison.Ordinal)
        .Replace("{sub}", TemplateCase.Context.SubscriptionScope, StringComparison.Ordinal)
        .Replace("{tenant}", TemplateCase.Context.TenantId, StringComparison.Ordinal));

    /// <summary>The names of the functions that a piece of a template calls.</summary>
    public static IEnumerable<string> CallsIn(TemplateValue piece) =>
        ExpressionSearch.In(piece).SelectMany(one => one.Calls()).Select(call => call.Name);

    private static ObjectValue Object(string json) => (ObjectValue)LenientJson.Parse(json);
}
