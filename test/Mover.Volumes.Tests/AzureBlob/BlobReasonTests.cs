using Mover.Transfer.Contract;
using Mover.Volumes.AzureBlob;
using static Mover.Volumes.Tests.AzureBlob.LoopbackServer;

namespace Mover.Volumes.Tests.AzureBlob;

/// <summary>The service's own reason reaches the reader, with advice that fits it and without what was sent.</summary>
public sealed class BlobReasonTests
{
    private const string Signature = "c2VjcmV0LXNpZ25hdHVyZS1vZi0zMi1ieXRlcy1sb25nIQ";
    private static readonly DateTimeOffset Now = new(2026, 3, 2, 8, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task The_services_words_are_in_the_fault_on_one_line()
    {
        var fault = await FaultAsync("403 No", "AuthenticationFailed", "sp=r",
            "<Error><Code>AuthenticationFailed</Code><Message>Server failed to authenticate the request.\nRequestId:0e1\nTime:x</Message>"
            + "<AuthenticationErrorDetail>Signature not valid in the specified time frame:\n Start [a] - Expiry [b]</AuthenticationErrorDetail></Error>");

        Assert.Equal(
            "GET container: the Blob service returned 403 AuthenticationFailed: Server failed to authenticate the request. "
            + "Signature not valid in the specified time frame: Start [a] - Expiry [b]", fault.Message);
    }

    [Theory]
    [InlineData("st=2026-01-01T00:00:00Z&se=2026-03-02T07:00:00Z", 0, "The SAS expired at 2026-03-02 07:00:00Z.")]
    [InlineData("st=2026-03-02T09%3A00%3A00Z&se=2026-03-03T07%3A00%3A00Z", 0, "The SAS is not valid before 2026-03-02 09:00:00Z")]
    [InlineData("se=2026-03-03T00:00:00Z", -180, "This host's clock is 3 hours ahead of the service's. Synchronize it")]
    [InlineData("se=2026-03-03T00:00:00Z", 20, "This host's clock is 20 minutes behind the service's. Synchronize it")]
    [InlineData("se=2026-03-03T00:00:00Z", 1, "Check that the SAS or account key is complete and belongs to this account.")]
    public async Task A_credential_that_was_refused_is_held_against_the_services_clock(string sas, int serviceAheadMinutes, string advice)
    {
        var fault = await FaultAsync("403 No", "AuthenticationFailed", sas, "", Now.AddMinutes(serviceAheadMinutes));

        Assert.StartsWith(advice, fault.Advice, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("403 No", "AuthorizationSourceIPMismatch", "other IP addresses")]
    [InlineData("403 No", "AuthorizationProtocolMismatch", "only https")]
    [InlineData("403 No", "AuthorizationPermissionMismatch", "read, add, create, write, delete and list")]
    [InlineData("403 No", "AuthorizationResourceTypeMismatch", "Create one for the container")]
    [InlineData("403 No", "AuthorizationFailure", "network rules")]
    [InlineData("409 No", "PublicAccessNotPermitted", "anonymous access")]
    [InlineData("401 No", "NoAuthenticationInformation", "anonymous access")]
    [InlineData("403 No", "KeyBasedAuthenticationNotPermitted", "does not allow account keys")]
    [InlineData("401 No", "InvalidAuthenticationInfo", "tenant")]
    [InlineData("403 No", "AccountIsDisabled", "is disabled")]
    public async Task Each_refusal_has_advice_that_fits_it(string status, string code, string advice) =>
        Assert.Contains(advice, (await FaultAsync(status, code, "sp=r", "")).Advice, StringComparison.Ordinal);

    [Theory]
    [InlineData("The signature c2VjcmV0LXNpZ25hdHVyZS1vZi0zMi1ieXRlcy1sb25nIQ== is wrong.", "The signature *** is wrong.")]
    [InlineData("GET /c?sv=1&sig=c2VjcmV0 failed", "GET /c?sv=1&*** failed")]
    [InlineData("Authorization: Bearer abc.def was refused", "Authorization: *** was refused")]
    [InlineData("Authorization: SharedKey acc:x= was refused", "Authorization: *** was refused")]
    [InlineData("escaped c2VjcmV0%2BLXNpZ25hdHVyZS1vZi0zMi1i was refused", "escaped *** was refused")]
    [InlineData("It differs. Server used following string to sign: 'racwdl\n2026'", "It differs.")]
    [InlineData("Two\r\nlines and a \u001b[31mcolour", "Two lines and a [31mcolour")]
    [InlineData("AuthorizationPermissionMismatch is one long word", "AuthorizationPermissionMismatch is one long word")]
    [InlineData("Start [Mon, 02 Mar 2026 08:00:00 GMT] - Expiry [2026-03-02T08:00:00.0000000Z]", "Start [Mon, 02 Mar 2026 08:00:00 GMT] - Expiry [2026-03-02T08:00:00.0000000Z]")]
    public void What_services_repeat_of_a_request_is_not_shown(string said, string shown) => Assert.Equal(
        shown, BlobReason.Of($"<Error><Message>{System.Net.WebUtility.HtmlEncode(said)}</Message></Error>"));

    [Theory]
    [InlineData("AuthenticationFailed", "AuthenticationFailed")]
    [InlineData(Signature, "")]
    [InlineData("a b", "")]
    [InlineData("<b>", "")]
    public void A_code_is_a_word(string header, string shown) => Assert.Equal(shown, BlobReason.Code(header));

    [Fact]
    public void A_long_speech_is_cut() =>
        Assert.Equal(401, BlobReason.Of($"<Error><Message>{string.Concat(Enumerable.Repeat("word ", 500))}</Message></Error>").Length);

    private static async Task<VolumeFault> FaultAsync(string status, string code, string sas, string body, DateTimeOffset? serviceNow = null)
    {
        await using var server = new LoopbackServer(
            Answer(status, $"x-ms-error-code: {code}\r\nDate: {serviceNow ?? Now:R}\r\n", body));
        var address = Assert.IsType<BlobContainerAddress>(BlobContainerAddress.Of(server.Endpoint, "account", "container", ""));
        await using var volume = new AzureBlobVolume(
            address, new SasCredential($"{sas}&sig={Signature}", BlobDestinations.Only(address)), new(), new StoppedClock());
        var error = await Assert.ThrowsAsync<VolumeException>(async () => await volume.CheckAsync(isTarget: true, default));
        return error.Fault;
    }

    private sealed class StoppedClock : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => Now;
    }
}
