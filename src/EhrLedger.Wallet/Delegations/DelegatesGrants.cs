using EhrLedger.Consent.Grants;
using EhrLedger.Wallet.Subjects;

namespace EhrLedger.Wallet.Delegations;

/// <summary>
/// What the wallet believes of grants that a delegate has given: nothing in their memos is its own word. A delegate who names a later epoch, or a key of their own behind an organisation's statement, must not be handed by this wallet what the
/// delegation's end takes away.
/// </summary>
internal static class DelegatesGrants
{
    /// <summary>The grantee's statement, where the grant may be given the keys of later epochs. The patient's own always may: this wallet has made them.</summary>
    public static ReaderKeyStatement? FindStatement(this WalletSession session, SubjectView view, GrantSeen grant) =>
        grant.Memo is { } memo && session.OpenStatement(memo.Grantee, memo.Statement) is { } statement && (grant.By is null || IsSound(view, grant, memo, statement)) ? statement : null;

    private static bool IsSound(SubjectView view, GrantSeen grant, GrantMemo memo, ReaderKeyStatement statement) =>
        memo.Terms.Digest == grant.Body.TermsDigest
        && memo.Terms.Subject == view.Keys.Subject
        && memo.Terms.LastEpoch <= grant.EpochAtGrant
        && memo.Terms.Records is null
        && memo.Category == view.Category
        && memo.AnswerKey.Digest == grant.Body.AnswerKeyDigest
        && statement.Keys.Contains(new ReaderKeyPair(grant.Body.ReaderKey, grant.Body.AnswerKeyDigest))
        && view.FindDelegation(grant.By!.Value) is { } delegation
        && !memo.Terms.Purposes.Except(delegation.Body.Purposes).Any();
}
