export {
  createAuthority,
  selfSigned,
  type Authority,
  type Issued,
  type LeafOptions,
} from "../../install/bootstrap/x509";
