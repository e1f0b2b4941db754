using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Mover.Core.Arm;
using Mover.Server.Identity;
using Mover.Templates.Deployments;
using Mover.Templates.Evaluation;
using Mover.Templates.Values;

namespace Mover.Server.Deployments;

/// <summary>
/// Makes the plan of a deployment. The same template and input give the same plan: times and GUIDs in it come from the deployment, so
/// that another instance can go on with it.
/// </summary>
internal sealed class DeploymentPlans(Administrator administrator, DeploymentCloud cloud)
{
    private const string Environment = """
        {"name":"AzureCloud","gallery":"https://gallery.azure.com/","graph":"https://graph.windows.net/",
        "portal":"https://portal.azure.com",
        "graphAudience":"https://graph.windows.net/","activeDirectoryDataLake":"https://datalake.azure.net/",
        "batch":"https://batch.core.windows.net/","media":"https://rest.media.azure.net",
        "sqlManagement":"https://management.core.windows.net:8443/",
        "vmImageAliasDoc":
        "https://raw.githubusercontent.com/Azure/azure-rest-api-specs/master/arm-compute/quickstart-templates/aliases.json",
        "resourceManager":"https://management.azure.com/",
        "authentication":{"loginEndpoint":"https://login.microsoftonline.com/","audiences":["https://management.core.windows.net/",
        "https://management.azure.com/"],"tenant":"common","identityProvider":"AAD"},
        "suffixes":{"acrLoginServer":".azurecr.io","azureDatalakeAnalyticsCatalogAndJob":"azuredatalakeanalytics.net",
        "azureDatalakeStoreFileSystem":"azuredatalakestore.net","azureFrontDoorEndpointSuffix":"azurefd.net",
        "keyvaultDns":".vault.azure.net","sqlServerHostname":".database.windows.net","storage":"core.windows.net"}}
        """;

    private static readonly ObjectValue AzureCloud = LenientJson.Parse(Environment) as ObjectValue ?? ObjectValue.Empty;

    /// <summary>A new seed for the GUIDs of a deployment.</summary>
    public static string NewSeed() => Convert.ToBase64String(RandomNumberGenerator.GetBytes(32));

    /// <summary>The plan; what is wrong with the template is a <see cref="Mover.Templates.TemplateException"/>.</summary>
    public async Task<DeploymentPlan> MakeAsync(
        string name, TemplateValue template, ObjectValue? parameters, DeploymentInput input, DateTimeOffset now, Deployer deployer,
        CancellationToken cancel)
    {
        var seed = Convert.FromBase64String(input.Seed);
        var counter = 0;
        var facts = await cloud.ForAsync(deployer.Principal, cancel);
        return DeploymentPlan.Create(template, parameters, new()
        {
            Cloud = facts,
            SubscriptionId = ArmCase.Lower(administrator.SubscriptionId),
            ResourceGroup = input.Group,
            Location = input.Location,
            TenantId = ArmCase.Lower(administrator.TenantId),
            DeploymentName = name,
            Now = now,
            NewGuid = () => GuidOf(seed, counter++),
            GroupTags = input.Tags is null ? null
                : new([.. input.Tags.Select(tag => new Member(tag.Key, TemplateValue.Of(tag.Value)))]),
            Environment = AzureCloud,
            Deployer = TemplateText.Object(
                ("objectId", TemplateValue.Of(deployer.ObjectId)), ("tenantId", TemplateValue.Of(administrator.TenantId)),
                ("userPrincipalName", TemplateValue.Of(deployer.Kind is Core.Access.PrincipalKind.User ? deployer.Name : string.Empty))),
        });
    }

    private static Guid GuidOf(byte[] seed, int counter)
    {
        var bytes = HMACSHA256.HashData(seed, Encoding.ASCII.GetBytes(counter.ToString(CultureInfo.InvariantCulture)))[..16];
        bytes[6] = (byte)((bytes[6] & 0x0F) | 0x40);
        bytes[8] = (byte)((bytes[8] & 0x3F) | 0x80);
        return new(bytes, bigEndian: true);
    }
}
